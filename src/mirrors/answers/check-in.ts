import { asLogged } from '../../flow/requests/as-logged.ts';
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
