import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { isLocal, networkOf, parseAddress } from '../../src/geo/address.ts';
import { countryOfClient } from '../../src/geo/country-table.ts';
import type { Arrival } from '../../src/mirrors/counting/arrival.ts';
import { logLine, logTime } from './log-lines.ts';
import { smallCountryTable } from './tables.ts';

/** A request as it came over the wire, one byte per character. */
export interface WireRequest {
  address: string;
  time: number;
  method: string;
  target: string;
  agent: string;
  status: number;
}

const table = smallCountryTable();

/** What the server hands to the spool. */
export function arrivalOf({ address, time, ...request }: WireRequest): Arrival {
  const parsed = parseAddress(address);
  const network = parsed && (isLocal(parsed) ? 'local' : networkOf(parsed));
  return { ...request, time: time as EpochSeconds, country: countryOfClient(table, parsed), network };
}

/** What nginx in front of the server writes of it, in its `combined` format. */
export function nginxLine({ address, time, method, target, agent, status }: WireRequest): string {
  return logLine({
    host: address,
    time: logTime(time * 1000),
    method: escaped(method),
    target: escaped(target),
    status: String(status),
    agent: agent === '' ? '-' : escaped(agent),
  });
}

function escaped(text: string): string {
  let written = '';
  for (const byte of Buffer.from(text, 'latin1')) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x22 && byte !== 0x5c;
    written += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return written;
}
