import type { Week } from '../sightings/week.ts';
import { cellKey, splitKey } from './cells.ts';
import type { Database } from './database.ts';
import { NumberPacker, unpackNumbers } from './packed-numbers.ts';
import type { AddressSums } from './spread.ts';

/** What is known of a system's check-ins in a week. */
export interface SystemNetworks {
  /** With an address that can be a client's, and without. */
  located: number;
  hidden: number;
  /** Distinct networks, at most three. */
  networks: number;
}

/** All that is known of a week's networks: what is left of it when the week is closed (P4). */
export interface NetworkSummary {
  /** Check-ins that are told apart, as one network sent them (R11), by `cellKey`. */
  toldApart: Map<number, number>;
  systems: Map<number, SystemNetworks>;
  sources: Map<number, AddressSums>;
}

/** In place of a source. */
export const WHOLE_WEEK = 0;

export function emptySummary(): NetworkSummary {
  return { toldApart: new Map(), systems: new Map(), sources: new Map() };
}

/** What arrives late is added; the number of networks can only rise to its own. */
export function addSummaries(a: NetworkSummary, b: NetworkSummary): NetworkSummary {
  const sum: NetworkSummary = {
    toldApart: new Map(a.toldApart),
    systems: new Map(a.systems),
    sources: new Map(a.sources),
  };
  for (const [key, checkIns] of b.toldApart) sum.toldApart.set(key, checkIns + (sum.toldApart.get(key) ?? 0));
  for (const [system, more] of b.systems) {
    const { located, hidden, networks } = sum.systems.get(system) ?? { located: 0, hidden: 0, networks: 0 };
    sum.systems.set(system, {
      located: located + more.located,
      hidden: hidden + more.hidden,
      networks: Math.max(networks, more.networks),
    });
  }
  for (const [source, more] of b.sources) sum.sources.set(source, addAddresses(sum.sources.get(source), more));
  return sum;
}

function addAddresses(a: AddressSums | undefined, b: AddressSums): AddressSums {
  if (a === undefined) return b;
  return {
    checkIns: a.checkIns + b.checkIns,
    withAddress: a.withAddress + b.withAddress,
    located: a.located + b.located,
    heaviest: a.heaviest + b.heaviest,
    heaviestThree: a.heaviestThree + b.heaviestThree,
  };
}

export function readSummary(database: Database, week: Week): NetworkSummary {
  const row = database.get('SELECT summary FROM network_summary WHERE week = ?', week);
  return row === undefined ? emptySummary() : unpack(week, row['summary']);
}

export function writeSummary(database: Database, week: Week, summary: NetworkSummary): void {
  database.run('INSERT OR REPLACE INTO network_summary (week, summary) VALUES (?, ?)', week, pack(week, summary));
}

export function weeksWithSummary(database: Database): Week[] {
  return database.all('SELECT week FROM network_summary ORDER BY week').map((row) => Number(row['week']) as Week);
}

function pack(week: Week, { toldApart, systems, sources }: NetworkSummary): Uint8Array {
  const numbers = new NumberPacker([week, toldApart.size]);
  for (const [key, checkIns] of toldApart) {
    const { system, request, country } = splitKey(key);
    numbers.push(system, request, country, checkIns);
  }
  numbers.push(systems.size);
  for (const [system, { located, hidden, networks }] of systems) numbers.push(system, located, hidden, networks);
  numbers.push(sources.size);
  for (const [source, { checkIns, withAddress, located, heaviest, heaviestThree }] of sources) {
    numbers.push(source, checkIns, withAddress, located, heaviest, heaviestThree);
  }
  return numbers.bytes();
}

function unpack(week: Week, bytes: unknown): NetworkSummary {
  const next = unpackNumbers(bytes, 'the networks of a closed week', [week]);
  const summary = emptySummary();
  for (let left = next(); left > 0; left--) summary.toldApart.set(cellKey(next(), next(), next()), next());
  for (let left = next(); left > 0; left--) {
    summary.systems.set(next(), { located: next(), hidden: next(), networks: next() });
  }
  for (let left = next(); left > 0; left--) {
    summary.sources.set(next(), {
      checkIns: next(),
      withAddress: next(),
      located: next(),
      heaviest: next(),
      heaviestThree: next(),
    });
  }
  return summary;
}
