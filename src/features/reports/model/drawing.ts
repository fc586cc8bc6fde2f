/**
 * Which way reports are drawn: one more with each change of what a reader sees in them, so that a report that was drawn another way
 * is not shown for what is known now. A test tells when it has to be raised.
 */
export const DRAWING = 2;
