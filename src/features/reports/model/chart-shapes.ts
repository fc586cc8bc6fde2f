/** Points of a curve, x and y in turn, from left to right; y grows downwards. */
export type Curve = readonly number[];

/** Points nearer to each other than that can't be told apart. */
const COLUMN = 0.5;
/** Nor can a curve from another that is nowhere farther above or below it: a sixth of the width of its line. */
const TOLERANCE = 0.15;

/**
 * A curve that looks the same with fewer points, all of them points of the given one: it has the same first, lowest,
 * highest and last point, and is nowhere farther from the others than anybody sees.
 */
export const reduced = (curve: Curve): Curve => straightened(thinned(curve));

/** At most four points in each half of a point of width: the first, the lowest, the highest and the last there. */
export function thinned(curve: Curve): Curve {
  const kept: number[] = [];
  for (let from = 0; from < curve.length; ) {
    const column = Math.floor(curve[from]! / COLUMN);
    let [to, lowest, highest] = [from, from, from];
    for (; to < curve.length && Math.floor(curve[to]! / COLUMN) === column; to += 2) {
      if (curve[to + 1]! > curve[lowest + 1]!) lowest = to;
      if (curve[to + 1]! < curve[highest + 1]!) highest = to;
    }
    let latest = -1;
    for (const place of [from, Math.min(lowest, highest), Math.max(lowest, highest), to - 2]) {
      if (place > latest) kept.push(curve[place]!, curve[place + 1]!);
      latest = Math.max(latest, place);
    }
    from = to;
  }
  return kept;
}

/**
 * Leaves out points that are within the tolerance of the line between those that stay. From each point that stays, the
 * lines that pass all later ones are those between two slopes; the last point that such a line reaches stays.
 */
export function straightened(curve: Curve): Curve {
  if (curve.length <= 4) return curve;
  const kept = [curve[0]!, curve[1]!];
  let [startX, startY] = kept as [number, number];
  let [flattest, steepest] = [-Infinity, Infinity];
  let [lowest, highest] = [2, 2];
  for (let i = 0; i < curve.length; i += 2) {
    if (curve[i + 1]! > curve[lowest + 1]!) lowest = i;
    if (curve[i + 1]! < curve[highest + 1]!) highest = i;
  }
  for (let i = 2; i < curve.length; i += 2) {
    const [x, y] = [curve[i]!, curve[i + 1]!];
    const across = x - startX;
    const slope = (y - startY) / across;
    const isPassed = across > 0 && slope >= flattest && slope <= steepest;
    const isExtreme = i - 2 === lowest || i - 2 === highest;
    if (i > 2 && (!isPassed || isExtreme)) {
      startX = curve[i - 2]!;
      startY = curve[i - 1]!;
      kept.push(startX, startY);
      flattest = -Infinity;
      steepest = Infinity;
    }
    const width = x - startX;
    // No line passes a point straight above another, or below it.
    flattest = width > 0 ? Math.max(flattest, (y - TOLERANCE - startY) / width) : Infinity;
    steepest = width > 0 ? Math.min(steepest, (y + TOLERANCE - startY) / width) : -Infinity;
  }
  kept.push(curve.at(-2)!, curve.at(-1)!);
  return kept;
}

/**
 * The areas between a curve and a horizontal line on one side of it, each as the points around it: above the line, or
 * below it. They begin and end where the curve crosses the line, or with the curve.
 */
export function areasBeyond(curve: Curve, y: number, side: "above" | "below"): number[][] {
  const isBeyond = (at: number) => (side === "above" ? at < y : at > y);
  const areas: number[][] = [];
  let area: number[] | undefined;
  for (let i = 0; i < curve.length; i += 2) {
    const [x, at] = [curve[i]!, curve[i + 1]!];
    const wasBeyond = area !== undefined;
    if (isBeyond(at) !== wasBeyond && i > 0) {
      const [lastX, last] = [curve[i - 2]!, curve[i - 1]!];
      const crossing = lastX + ((y - last) / (at - last)) * (x - lastX);
      if (wasBeyond) {
        area!.push(crossing, y);
        area = undefined;
      } else {
        area = [crossing, y];
        areas.push(area);
      }
    } else if (isBeyond(at) && !wasBeyond) {
      area = [x, y];
      areas.push(area);
    }
    if (isBeyond(at)) area!.push(x, at);
  }
  area?.push(curve.at(-2)!, y);
  return areas;
}

/**
 * Where symbols stand that are as wide: each at its own place or, next to others, as little to its right as possible,
 * and none beyond `end`. Places are in order, and there is room for all of them.
 */
export function besideEachOther(places: readonly number[], width: number, end: number): number[] {
  const shifted: number[] = [];
  for (const place of places) shifted.push(Math.max(place, (shifted.at(-1) ?? -Infinity) + width));
  for (let i = shifted.length - 1, limit = end; i >= 0; i--, limit -= width) shifted[i] = Math.min(shifted[i]!, limit);
  return shifted;
}
