/** Where the page with a report is. */
export const VIEWER_PATH = "/v1/xealth/report/web/viewer.html";

/** Rule of the specification. */
export const LINK_LIFETIME_MS = 3_600_000;

/** What the token of a link opens: the reports of one patient of one clinic. */
export const viewerScope = (clinicId: string, userId: string): string => `${VIEWER_PATH}#${clinicId}/${userId}`;

/** The link that shows the reports of a patient to everybody who has the token. */
export const viewerLink = (applicationUrl: string, clinicId: string, userId: string, token: string): string =>
  `${applicationUrl}${VIEWER_PATH}?${new URLSearchParams({ clinicId, patientId: userId, restricted_token: token }).toString()}`;
