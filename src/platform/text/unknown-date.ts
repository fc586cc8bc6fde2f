/** The wire value of an unknown birth date; accepted back from clients that send whole records. */
export const UNKNOWN_DATE = "0001-01-01";
