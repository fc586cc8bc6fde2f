/** Under the path of the viewer, where the published interface has its files. */
const FOLDER = "/v1/xealth/report";

/** The version stands in the address, so that browsers may keep the files for good; scripts/copy-assets.mjs puts them there. */
export const PDFJS_VERSION = "6.5.438";
const PDFJS = `${FOLDER}/pdfjs-${PDFJS_VERSION}`;

export const PDFJS_LIBRARY = `${PDFJS}/pdf.min.mjs`;
export const PDFJS_WORKER = `${PDFJS}/pdf.worker.min.mjs`;
export const VIEWER_SCRIPT = `${FOLDER}/viewer.js`;
export const VIEWER_STYLE = `${FOLDER}/viewer.css`;
