import { type RequestReading, readRequest } from '../../flow/sightings/request.ts';

/**
 * The check-in that a request carries, by the rules that hold for a line of a log; undefined if it is no candidate. It
 * is one whatever the answer will be: dnf forgets its countme with the first try, also if that failed.
 */
export function checkInOf(target: string): Exclude<RequestReading, { kind: 'no-candidate' }> | undefined {
  if (!target.includes('countme=')) return undefined;
  const reading = readRequest(asLogged(target));
  return reading.kind === 'no-candidate' ? undefined : reading;
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** As nginx writes it, one byte per character: the rules take the escapes of logs back, and measure what is written. */
export function asLogged(target: string): string {
  if (PLAIN.test(target)) return target;
  return target.replace(
    /[^\x20\x21\x23-\x5b\x5d-\x7e]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
