/** What each answer is to, while it is used. */
const operations = new WeakMap<Response, string>();

/** Remembers that an answer is to an operation: method and path template. */
export const remember = (response: Response, operation: string): void => void operations.set(response, operation);

/** The operation an answer is to. */
export const operationOf = (response: Response): string => operations.get(response) ?? "";
