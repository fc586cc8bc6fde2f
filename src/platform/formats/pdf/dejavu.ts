import bytes from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf";

/** DejaVu Sans: Latin, Greek, Cyrillic, Hebrew, Arabic and more. Its licence is in DEJAVU-LICENSE beside this file. */
export const dejaVuSans = (): Uint8Array => new Uint8Array(bytes);
