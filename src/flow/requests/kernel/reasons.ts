// The numbers of the rejection reasons: their places in the list of src/flow/sightings/reasons.ts, which a test holds
// against this one.
export const TOO_LONG: i32 = 0;
export const CONTROL_BYTES: i32 = 1;
export const MALFORMED: i32 = 2;
export const TRAILING_FIELDS: i32 = 3;
export const METHOD: i32 = 4;
export const PATH: i32 = 5;
export const DUPLICATE_KEY: i32 = 6;
export const ENCODING: i32 = 7;
export const AGE: i32 = 8;
export const TIME: i32 = 9;
export const TIME_RANGE: i32 = 10;
export const AGENT: i32 = 11;
export const STATUS: i32 = 12;
export const REASON_COUNT: i32 = 13;
