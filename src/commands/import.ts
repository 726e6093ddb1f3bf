import { createHash, randomBytes } from 'node:crypto';
import { OTHER } from '../flow/sightings/clean-text.ts';
import { HOURS_PER_WEEK, mondayOf, SECONDS_PER_HOUR, type Week, weekStart } from '../flow/sightings/week.ts';
import { NO_MARKS } from '../flow/tallies/hour-marks.ts';
import { type EpochHour, type EpochMinute, exactHits, NO_SPREAD, networkColumns } from '../flow/tallies/log-tally.ts';
import { NO_NAMES } from '../flow/tallies/naming.ts';
import { Numbering } from '../flow/tallies/numbering.ts';
import type { Offer } from '../flow/vault/record.ts';
import { Vault } from '../flow/vault/vault.ts';
import { mayBePassedOn } from '../flow/views/publication/passed-on-cells.ts';
import { compareKeys, sortTotals, TotalsError, type TotalsRow } from '../flow/views/totals.ts';
import { readTotalsByWeek, type TotalsByWeek, type TotalsRead } from '../flow/views/totals-read.ts';
import type { ExitCode } from './exit-code.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import { formatCount, plural, type Terminal } from './terminal.ts';

export interface ImportOptions extends SharingOptions {
  vault: string;
  replace?: boolean;
}

/** Published totals say nothing of the client and of the country. */
const NO_CLIENT = '';
const UNKNOWN_COUNTRY = 'ZZ';
const SOURCE = 'imported totals';
const TOO_MANY = 'expected less than 2^53 in all, to be exact';

/** `rollcall import`: published totals of others enter a vault, each week as a log of its own. */
export async function importTotals(path: string, options: ImportOptions, terminal: Terminal): Promise<ExitCode> {
  const all = await readTotalsByWeek(path);
  const read = withoutFaulty(all);
  const repeats = new Set<TotalsRow>();
  const totalHits = read.rows.reduce((sum, row) => sum + row.hits, 0);
  if (!Number.isSafeInteger(totalHits)) throw new TotalsError(`${path}: hits: ${TOO_MANY}`);
  const rows = read.rows.map(withShownNames());
  const weeks = Map.groupBy(rows, (row) => row.week);
  const offers = [...weeks]
    .sort(([a], [b]) => a - b)
    .map(([week, list]) => offerOf(path, week, addUp(list, repeats), options));
  terminal.out.write(
    describeRead(path, read, weeks.size, new Set(rows.flatMap((row, place) => (repeats.has(row) ? place : [])))),
  );
  const faulty = [...all.faults].map(([week, { message }]) => `  week of ${mondayOf(week)}: ${message}\n`);
  if (faulty.length > 0) terminal.err.write(`NOT imported, ${plural(faulty.length, 'week')}:\n${faulty.join('')}`);
  if (offers.length === 0) {
    terminal.err.write('rollcall: there is nothing to import\n');
    return 1;
  }
  const vault = Vault.open(options.vault, 'write', randomBytes, sharingOf(options));
  try {
    const outcomes = vault.record(offers);
    const done = outcomes.filter(({ status }) => status === 'counted').length;
    const known = outcomes.filter(({ status }) => status === 'already-counted').length;
    const refused = offers.flatMap((offer, i) => {
      const outcome = outcomes[i]!;
      return outcome.status === 'refused' ? [`  ${offer.name}: ${outcome.reason}\n`] : [];
    });
    terminal.out.write(`  imported: ${plural(done, 'week')}; already there and equal: ${plural(known, 'week')}\n`);
    if (refused.length > 0) terminal.err.write(`NOT imported, ${plural(refused.length, 'week')}:\n${refused.join('')}`);
    return refused.length + faulty.length > 0 ? 1 : 0;
  } finally {
    vault.close();
  }
}

/** A week with a row that nobody understands is short of it: one bad row takes its week, and no other. */
function withoutFaulty({ rows, numbers, leftOut, faults }: TotalsByWeek): TotalsRead {
  const isWhole = ({ week }: TotalsRow) => !faults.has(week);
  return { leftOut, rows: rows.filter(isWhole), numbers: numbers.filter((_, place) => isWhole(rows[place]!)) };
}

function describeRead(
  path: string,
  { rows, numbers, leftOut }: TotalsRead,
  weeks: number,
  repeats: ReadonlySet<number>,
): string {
  const hits = rows.reduce((sum, row) => sum + row.hits, 0);
  const isShown = nameTest();
  const unnamed = numbers.filter((_, place) => !isShown(rows[place]!));
  // Those that became the same by losing their names are told as that.
  const addedUp = numbers.filter((_, place) => repeats.has(place) && isShown(rows[place]!));
  const lines = [
    `Read ${plural(rows.length, 'row')} of ${plural(weeks, 'week')}, ${formatCount(hits)} check-ins, from ${path}.`,
  ];
  if (leftOut > 0)
    lines.push(`  left out: ${plural(leftOut, 'row')} with sys_age = -1, which count addresses by day, not systems`);
  if (addedUp.length > 0)
    lines.push(
      `  added up: ${plural(addedUp.length, 'row')} that ${addedUp.length === 1 ? 'differs' : 'differ'} from another in nothing but hits (${someOf(addedUp)})`,
    );
  if (unnamed.length > 0)
    lines.push(
      `  names that no published file may hold, such as a formula: ${plural(unnamed.length, 'row')} (${someOf(unnamed)}), ` +
        'counted as "other"',
    );
  return `${lines.join('\n')}\n`;
}

/** How many rows are named one by one. */
const MOST_NAMED = 5;

function someOf(numbers: readonly number[]): string {
  const named = numbers.slice(0, MOST_NAMED).map(formatCount).join(', ');
  const more = numbers.length - MOST_NAMED;
  return `row ${named}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}

/** A few hundred names stand in millions of rows: each is looked at once. */
function nameTest(): (row: TotalsRow) => boolean {
  const isShown = rememberedFor(mayBePassedOn);
  return ({ osName, osVersion, osVariant, osArch, repoTag, repoArch }) =>
    [osName, osVersion, osVariant, osArch, repoTag, repoArch].every(isShown);
}

/** Imported names are under the rules of those in a log (S4), and under O5. */
function withShownNames(): (row: TotalsRow) => TotalsRow {
  const shown = rememberedFor((text) => (mayBePassedOn(text) ? text : OTHER));
  return (row) => ({
    ...row,
    osName: shown(row.osName),
    osVersion: shown(row.osVersion),
    osVariant: shown(row.osVariant),
    osArch: shown(row.osArch),
    repoTag: shown(row.repoTag),
    repoArch: shown(row.repoArch),
  });
}

function rememberedFor<Result>(look: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const result = known.get(text) ?? look(text);
    known.set(text, result);
    return result;
  };
}

/** One week of totals in the shape of a log: its identity is the hash of its sorted rows. */
function offerOf(path: string, week: Week, rows: readonly TotalsRow[], options: ImportOptions): Offer {
  const numbering = new Numbering(
    { values: rows.length, valueBytes: Number.POSITIVE_INFINITY, systems: rows.length, requests: rows.length },
    { kept: NO_NAMES, others: 'first' },
  );
  const hits = rows.reduce((sum, row) => sum + row.hits, 0);
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
    format: 'totals',
    isMarked: false,
    sha256: createHash('sha256').update(JSON.stringify(rows)).digest('hex'),
    front: undefined,
    candidates: hits,
    whole: true,
    begins: undefined,
    leftOut: [],
    knownStates: [],
    mode: options.replace === true ? 'replace' : 'add',
    tally: {
      candidates: hits,
      counted: hits,
      known: 0,
      misfits: 0,
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
      marks: NO_MARKS,
      spread: NO_SPREAD,
    },
  };
}

/**
 * Rows that differ in nothing but their hits are one: a file may have been put together from several. `repeats` gets
 * those that were added to another.
 */
function addUp(unsorted: readonly TotalsRow[], repeats: Set<TotalsRow>): TotalsRow[] {
  const rows: TotalsRow[] = [];
  for (const row of sortTotals(unsorted)) {
    const before = rows.at(-1);
    if (before !== undefined && compareKeys(before, row) === 0) {
      before.hits = exactHits(before.hits + row.hits);
      repeats.add(row);
    } else rows.push({ ...row });
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
