import { comparisonKey } from "../../../platform/text/comparison-key.ts";

/** Rule of the published behaviour. */
export const TAGS_PER_CLINIC_MAX = 50;
export const TAG_NAME_LENGTH_MAX = 20;
/** As published; `\s` there means the ASCII white space only. */
export const TAG_NAME_PUBLISHED = "^[\\p{L}\\p{N}_+><-]{1}[\\p{L}\\p{N}\\s_+><-]*$";
export const TAG_NAME = /^[\p{L}\p{N}_+><-][\p{L}\p{N}\t\n\f\r _+><-]*$/u;

/** The name as it is stored. */
export const storedTagName = (name: string): string => name.trim();

/** What two tags of one clinic must not share: the key of the name without spaces; other white space counts. */
export const tagNameKey = (name: string): string => comparisonKey(name.replaceAll(" ", ""));
