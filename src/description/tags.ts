export const TAGS: readonly { readonly name: string; readonly description: string }[] = [];
