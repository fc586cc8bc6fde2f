/** Length in Unicode code points, as the published bounds count it. */
export const codePoints = (text: string): number => [...text].length;
