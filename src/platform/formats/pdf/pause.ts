/**
 * Lets requests that wait for the same isolate be answered: drawing a report takes as long as many of them. Only a timer lets
 * the runtime see what has arrived; after a settled promise or a message of a channel it goes on here. The timer takes one
 * to three milliseconds, in which nothing is drawn.
 */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
