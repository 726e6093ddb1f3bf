import assert from 'node:assert/strict';
import type { Reason } from '../../src/flow/sightings/reasons.ts';
import { mondayOf, type Week } from '../../src/flow/sightings/week.ts';
import { type LineParts, logLine, logOfLines } from './log-lines.ts';
import { comparable, RULES, readWithKernel, readWithReference } from './readers.ts';

/** What becomes of one line: its fields if it counts, its reason if it does not. */
export interface Seen {
  week: string;
  client: string;
  os: [name: string, version: string, variant: string, arch: string];
  age: number;
  repo: string;
  arch: string;
  country: string;
}

export type Verdict = Seen | { rejected: Reason; week: string | undefined } | 'no candidate';

/** Reads one line with both readers, which must agree. */
export function verdictOf(line: string, rules = RULES): Verdict {
  const log = logOfLines([line]);
  const reading = readWithKernel(log, undefined, rules);
  assert.deepEqual(comparable(reading), comparable(readWithReference(log, undefined, undefined, rules)));
  const { candidates, counted, rejections, cells, systems, requests, countries } = reading.tally;
  if (candidates === 0) return 'no candidate';
  assert.equal(candidates, 1);
  if (counted === 0) {
    const { reason, week } = rejections[0]!;
    return { rejected: reason, week: week === undefined ? undefined : mondayOf(week) };
  }
  const { client, osName, osVersion, osVariant, osArch } = systems[cells.system[0]!]!;
  const { age, repoTag, repoArch } = requests[cells.request[0]!]!;
  return {
    week: mondayOf(cells.week[0] as Week),
    client,
    os: [osName, osVersion, osVariant, osArch],
    age,
    repo: repoTag,
    arch: repoArch,
    country: countries[cells.country[0]!]!,
  };
}

/** `counted`, a reason, or `no candidate`. */
export function outcomeOf(parts: Partial<LineParts>, rules = RULES): string {
  const verdict = verdictOf(logLine(parts), rules);
  if (typeof verdict === 'string') return verdict;
  return 'rejected' in verdict ? verdict.rejected : 'counted';
}

/** The fields of a line that must count. */
export function seen(parts: Partial<LineParts>, rules = RULES): Seen {
  const verdict = verdictOf(logLine(parts), rules);
  assert.ok(typeof verdict !== 'string' && !('rejected' in verdict), `not counted: ${JSON.stringify(verdict)}`);
  return verdict;
}
