/**
 * How times are written in logs (T1). Fractions of a second are cut off: a week does not turn on them. The groups are
 * the same in all: 1 to 6 the date and the clock, then the offset.
 */
export const LOG_TIME = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;
export const LOG_TIME_WITH_FRACTION = /^(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d)[.,]\d{1,9} ([+-]\d{4})$/;
export const ISO_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})? ?(?:Z|UTC|([+-])(\d\d):?(\d\d))$/;
/** Go's loggers, Caddy's among them: the time of UTC. */
export const SLASHED_TIME = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})?$/;
/** Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their digits: 2001 to 2286. */
export const EPOCH_TIME = /^(\d{10})(?:\d{3}|\d{6}|\d{9})?(?:\.\d*)?$/;

/** Whether a text is a time in one of the notations, be there such a day or not. */
export function isTime(text: string): boolean {
  return [LOG_TIME, ISO_TIME, EPOCH_TIME, LOG_TIME_WITH_FRACTION, SLASHED_TIME].some((notation) => notation.test(text));
}
