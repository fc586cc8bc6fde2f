/** Numbers of tenths of a point as they are written; a chart has thousands, most of them again and again. */
const tenths: string[] = [];
/** Of the larger side of a page, and a little more. */
const TENTHS_MAX = 10_000;

function short(value: number): string {
  const whole = Math.round(value * 10);
  if (whole < 0 || whole >= TENTHS_MAX) return String(whole / 10);
  return (tenths[whole] ??= String(whole / 10));
}

/** Of the radius: how far the control points of a quarter of a circle are from its ends. */
const QUARTER = 0.5523;

/** Lines and areas that are painted together (`PdfDocument.paint`), to a tenth of a point. */
export class Shape {
  #operators = "";

  /** Path construction operators; empty without any line or area. */
  get operators(): string {
    return this.#operators;
  }

  /** A line through points, given as x and y in turn. */
  line(points: readonly number[]): this {
    let operators = "";
    for (let i = 0; i < points.length; i += 2) {
      operators += `${short(points[i]!)} ${short(points[i + 1]!)} ${i === 0 ? "m" : "l"} `;
    }
    this.#operators += operators;
    return this;
  }

  /** A line that ends where it began. */
  polygon(points: readonly number[]): this {
    this.line(points);
    this.#operators += "h ";
    return this;
  }

  rectangle(x: number, y: number, width: number, height: number): this {
    this.#operators += `${short(x)} ${short(y)} ${short(width)} ${short(height)} re `;
    return this;
  }

  circle(x: number, y: number, radius: number): this {
    const near = radius * QUARTER;
    const curve = (...points: readonly number[]) => {
      this.#operators += `${points.map(short).join(" ")} c `;
    };
    this.#operators += `${short(x + radius)} ${short(y)} m `;
    curve(x + radius, y + near, x + near, y + radius, x, y + radius);
    curve(x - near, y + radius, x - radius, y + near, x - radius, y);
    curve(x - radius, y - near, x - near, y - radius, x, y - radius);
    curve(x + near, y - radius, x + radius, y - near, x + radius, y);
    this.#operators += "h ";
    return this;
  }
}
