/** Length in Unicode code points, the unit of the published bounds. */
export const codePoints = (text: string): number => [...text].length;
