import { createHash, randomBytes } from 'node:crypto';
import { HOURS_PER_WEEK, mondayOf, SECONDS_PER_HOUR, type Week, weekStart } from '../flow/sightings/week.ts';
import { type EpochHour, type EpochMinute, exactHits, NO_SPREAD, networkColumns } from '../flow/tallies/log-tally.ts';
import { LIMITS, Numbering } from '../flow/tallies/numbering.ts';
import type { Offer } from '../flow/vault/record.ts';
import { Vault } from '../flow/vault/vault.ts';
import { compareKeys, sortTotals, TotalsError, type TotalsRow } from '../flow/views/totals.ts';
import { readTotals } from '../flow/views/totals-read.ts';
import type { ExitCode } from './exit-code.ts';
import { formatCount, plural, type Terminal } from './terminal.ts';

export interface ImportOptions {
  vault: string;
  replace?: boolean;
}

/** Published totals say nothing of the client and of the country. */
const NO_CLIENT = '';
const UNKNOWN_COUNTRY = 'ZZ';
const SOURCE = 'imported totals';

/** `rollcall import`: published totals of others enter a vault, each week as a log of its own. */
export async function importTotals(path: string, options: ImportOptions, terminal: Terminal): Promise<ExitCode> {
  const { rows, leftOut } = await readTotals(path);
  const weeks = Map.groupBy(rows, (row) => row.week);
  const vault = Vault.open(options.vault, 'write', randomBytes);
  try {
    const offers = [...weeks].sort(([a], [b]) => a - b).map(([week, list]) => offerOf(path, week, list, options));
    const outcomes = vault.record(offers);
    const done = outcomes.filter(({ status }) => status === 'counted').length;
    const known = outcomes.filter(({ status }) => status === 'already-counted').length;
    const refused = offers.flatMap((offer, i) => {
      const outcome = outcomes[i]!;
      return outcome.status === 'refused' ? [`  ${offer.name}: ${outcome.reason}\n`] : [];
    });
    const hits = rows.reduce((sum, row) => sum + row.hits, 0);
    terminal.out.write(
      `Read ${plural(rows.length, 'row')} of ${plural(weeks.size, 'week')}, ${formatCount(hits)} check-ins, from ${path}.\n`,
    );
    if (leftOut > 0)
      terminal.out.write(
        `  left out: ${plural(leftOut, 'row')} with sys_age = -1, which count addresses by day, not systems\n`,
      );
    terminal.out.write(`  imported: ${plural(done, 'week')}; already there and equal: ${plural(known, 'week')}\n`);
    if (refused.length > 0) terminal.err.write(`NOT imported, ${plural(refused.length, 'week')}:\n${refused.join('')}`);
    return refused.length > 0 ? 1 : 0;
  } finally {
    vault.close();
  }
}

/** One week of totals in the shape of a log: its identity is the hash of its sorted rows. */
function offerOf(path: string, week: Week, unsorted: readonly TotalsRow[], options: ImportOptions): Offer {
  const rows = withoutRepeats(sortTotals(unsorted));
  const numbering = new Numbering({ ...LIMITS, systems: rows.length, requests: rows.length });
  const hits = rows.reduce((sum, row) => sum + row.hits, 0);
  if (!Number.isSafeInteger(hits)) {
    throw new TotalsError(`${path}: week of ${mondayOf(week)}: hits: expected less than 2^53 in all, to be exact`);
  }
  const systems = rows.map(({ osName, osVersion, osVariant, osArch }) =>
    numbering.numberOfSystem({ client: NO_CLIENT, osName, osVersion, osVariant, osArch }),
  );
  const requests = rows.map(({ sysAge, repoTag, repoArch }) =>
    numbering.numberOfRequest({ age: sysAge, repoTag, repoArch }),
  );
  return {
    name: `${path}, week of ${mondayOf(week)}`,
    source: `${SOURCE}, week of ${mondayOf(week)}`,
    origin: 'import',
    sha256: createHash('sha256').update(JSON.stringify(rows)).digest('hex'),
    front: undefined,
    candidates: hits,
    whole: true,
    begins: undefined,
    knownStates: [],
    mode: options.replace === true ? 'replace' : 'add',
    tally: {
      candidates: hits,
      counted: hits,
      rejections: [],
      systems: numbering.systems,
      requests: numbering.requests,
      countries: [UNKNOWN_COUNTRY],
      cells: {
        week: new Uint32Array(rows.length).fill(week),
        system: Uint32Array.from(systems),
        request: Uint32Array.from(requests),
        country: new Uint32Array(rows.length),
        hits: Float64Array.from(rows, (row) => row.hits),
      },
      firstHour: undefined,
      ...hoursOf(week),
      hoursSeen: [],
      networks: networkColumns([]),
      spread: NO_SPREAD,
    },
  };
}

/** Rows that differ in nothing but their hits are one: a file may have been put together from several. */
function withoutRepeats(sorted: readonly TotalsRow[]): TotalsRow[] {
  const rows: TotalsRow[] = [];
  for (const row of sorted) {
    const before = rows.at(-1);
    if (before !== undefined && compareKeys(before, row) === 0) before.hits = exactHits(before.hits + row.hits);
    else rows.push({ ...row });
  }
  return rows;
}

/** An imported week claims all of its hours, so that the same week with other numbers is in its way. */
function hoursOf(week: Week): Pick<Offer['tally'], 'hoursCounted' | 'span'> {
  const first = (weekStart(week) / SECONDS_PER_HOUR) as EpochHour;
  return {
    hoursCounted: Array.from({ length: HOURS_PER_WEEK }, (_, hour) => (first + hour) as EpochHour),
    span: {
      from: (first * 60) as EpochMinute,
      until: ((first + HOURS_PER_WEEK) * 60 - 1) as EpochMinute,
    },
  };
}
