/** A page with a title and some lines of text has more drops of ink than that, a blank one none. */
export const INK_MIN = 500;

/** How many pixels of the first canvas that a selector finds are dark, 0 without one: an expression for a browser. */
export const inkOf = (selector: string): string => `(() => {
  const canvas = document.querySelector(${JSON.stringify(selector)});
  if (!canvas) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 127 && data[i] + data[i + 1] + data[i + 2] < 384) dark += 1;
  }
  return dark;
})()`;
