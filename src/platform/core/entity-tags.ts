const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"/g;

/** The entity tags of If-Match or If-None-Match; what is none counts as absent. */
export const tagsIn = (header: string): readonly string[] => header.match(ENTITY_TAG) ?? [];

/** Whether the header names a tag for which this holds, or `*`, which any state is. */
export const namesTag = (header: string, isSame: (tag: string) => boolean): boolean =>
  header.trim() === "*" || tagsIn(header).some(isSame);

/** Compares as If-None-Match does (RFC 9110 section 8.8.3.2): a weak tag equals the strong one. */
export const isSameWeakly =
  (etag: string) =>
  (tag: string): boolean =>
    tag.replace(/^W\//, "") === etag;
