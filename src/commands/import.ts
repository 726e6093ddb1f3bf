import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { OTHER } from '../flow/sightings/clean-text.ts';
import { HOURS_PER_WEEK, mondayOf, SECONDS_PER_HOUR, type Week, weekStart } from '../flow/sightings/week.ts';
import { NO_MARKS } from '../flow/tallies/hour-marks.ts';
import { type EpochHour, type EpochMinute, NO_SPREAD, networkColumns, sumOf } from '../flow/tallies/log-tally.ts';
import type { Offer } from '../flow/vault/record.ts';
import { Vault } from '../flow/vault/vault.ts';
import { mayBePassedOn } from '../flow/views/publication/passed-on-cells.ts';
import type { TotalsSeen } from '../flow/views/row-taker.ts';
import { Spill } from '../flow/views/spill.ts';
import { TotalsError } from '../flow/views/totals.ts';
import { TotalsByWeek } from '../flow/views/totals-by-week.ts';
import { eachOfTotals } from '../flow/views/totals-read.ts';
import type { SomeRows, WeekOfTotals } from '../flow/views/week-rows.ts';
import type { ExitCode } from './exit-code.ts';
import { requireFile } from './open-vault.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import { formatCount, type Progress, plural, showProgress, showSteps, type Terminal } from './terminal.ts';

export interface ImportOptions extends SharingOptions {
  vault: string;
  replace?: boolean;
}

/** Published totals say nothing of the country. */
const UNKNOWN_COUNTRY = 'ZZ';
const SOURCE = 'imported totals';
const TOO_MANY = 'expected less than 2^53 in all, to be exact';
const TOO_MANY_ROWS = 'it holds more different rows, systems or requests than a week can; check the file';
const MOST_REMEMBERED = 65_536;
/** What one transaction records: a commit waits for the disk, and a week of the first years is soon written. */
const ROWS_PER_COMMIT = 131_072;
const WEEKS_PER_COMMIT = 16;

/**
 * `rollcall import`: published totals of others enter a vault, each week as a log of its own. What the file says is known
 * before the first week is recorded, as a row of no week at its end is in the way of all. Then weeks are recorded as they
 * are put together: a run that was stopped is completed by the next.
 */
export async function importTotals(path: string, options: ImportOptions, terminal: Terminal): Promise<ExitCode> {
  requireFile(options.vault, 'import', 'import into one, and "rollcall copy" brings it here');
  const spill = new Spill(dirname(options.vault));
  try {
    const totals = new TotalsByWeek(spill, shownNames());
    const seen = await readAll(path, totals, terminal);
    // A week with a row that nobody understands is short of it: one bad row takes its week, and no other.
    const weeks = totals.weeks().filter(({ week }) => !seen.faults.has(week));
    const hits = weeks.reduce((sum, week) => sum + week.hits, 0);
    if (!Number.isSafeInteger(hits)) throw new TotalsError(`${path}: hits: ${TOO_MANY}`);
    const result = weeks.length === 0 ? NOTHING : await recordAll(path, totals, weeks, options, terminal);
    terminal.out.write(describeRead(path, weeks, seen, totals));
    if (weeks.length > 0) {
      const { imported, known } = result;
      terminal.out.write(
        `  imported: ${plural(imported, 'week')}; already there and equal: ${plural(known, 'week')}\n`,
      );
    }
    const faulty = [...seen.faults].map(([week, { message }]) => `  week of ${mondayOf(week)}: ${message}\n`);
    const refused = [...faulty, ...result.refused];
    if (refused.length > 0) terminal.err.write(`NOT imported, ${plural(refused.length, 'week')}:\n${refused.join('')}`);
    if (weeks.length === 0) terminal.err.write('rollcall: there is nothing to import\n');
    return refused.length > 0 || weeks.length === 0 ? 1 : 0;
  } finally {
    spill.close();
  }
}

async function readAll(path: string, totals: TotalsByWeek, terminal: Terminal): Promise<TotalsSeen> {
  let progress: Progress | undefined;
  try {
    const onProgress = async (done: number, all: number) => {
      progress ??= await showProgress(terminal.err, 'Reading', all);
      progress.update(done);
    };
    return await eachOfTotals(path, totals, { seed: randomBytes(4).readInt32LE(), onProgress });
  } finally {
    progress?.stop();
  }
}

type FileWeek = ReturnType<TotalsByWeek['weeks']>[number];

interface Recorded {
  imported: number;
  known: number;
  refused: string[];
}

const NOTHING: Recorded = { imported: 0, known: 0, refused: [] };

async function recordAll(
  path: string,
  totals: TotalsByWeek,
  weeks: readonly FileWeek[],
  options: ImportOptions,
  terminal: Terminal,
): Promise<Recorded> {
  const result: Recorded = { imported: 0, known: 0, refused: [] };
  const steps = await showSteps(terminal.err, 'Importing', 'weeks', weeks.length);
  const vault = Vault.open(options.vault, 'write', randomBytes, sharingOf(options));
  let offers: Offer[] = [];
  let rows = 0;
  const record = () => {
    for (const [place, outcome] of vault.record(offers).entries()) {
      if (outcome.status === 'counted') result.imported += 1;
      if (outcome.status === 'already-counted') result.known += 1;
      if (outcome.status === 'refused') result.refused.push(`  ${offers[place]!.name}: ${outcome.reason}\n`);
    }
    offers = [];
    rows = 0;
  };
  try {
    for (const [done, { week }] of weeks.entries()) {
      const read = totals.week(week);
      if (read === undefined) result.refused.push(`  week of ${mondayOf(week)}: ${TOO_MANY_ROWS}\n`);
      else offers.push(offerOf(path, read, options));
      rows += read?.hits.length ?? 0;
      const isEnough = rows >= ROWS_PER_COMMIT || offers.length >= WEEKS_PER_COMMIT;
      if (!isEnough && done + 1 < weeks.length) continue;
      record();
      steps.update(done + 1);
      await setImmediate();
    }
    return result;
  } finally {
    steps.stop();
    vault.close();
  }
}

function describeRead(path: string, weeks: readonly FileWeek[], { leftOut }: TotalsSeen, totals: TotalsByWeek): string {
  const { addedUp, unnamed } = totals.noted;
  const rows = weeks.reduce((sum, week) => sum + week.rows, 0);
  const hits = weeks.reduce((sum, week) => sum + week.hits, 0);
  const lines = [
    `Read ${plural(rows, 'row')} of ${plural(weeks.length, 'week')}, ${formatCount(hits)} check-ins, from ${path}.`,
  ];
  if (leftOut > 0)
    lines.push(`  left out: ${plural(leftOut, 'row')} with sys_age = -1, which count addresses by day, not systems`);
  if (addedUp.count > 0)
    lines.push(
      `  added up: ${plural(addedUp.count, 'row')} that ${addedUp.count === 1 ? 'differs' : 'differ'} from another in nothing but hits (${someOf(addedUp)})`,
    );
  if (unnamed.count > 0)
    lines.push(
      `  names that no published file may hold, such as a formula: ${plural(unnamed.count, 'row')} (${someOf(unnamed)}), ` +
        'counted as "other"',
    );
  return `${lines.join('\n')}\n`;
}

function someOf({ count, first }: SomeRows): string {
  const more = count - first.length;
  return `row ${first.map(formatCount).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}

/** Imported names are under the rules of those in a log (S4), and under O5. Most are looked at once. */
function shownNames(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const shown = mayBePassedOn(name) ? name : OTHER;
    if (known.size === MOST_REMEMBERED) known.clear();
    known.set(name, shown);
    return shown;
  };
}

/** One week of totals in the shape of a log. */
function offerOf(path: string, read: WeekOfTotals, options: ImportOptions): Offer {
  const { week, hits } = read;
  const all = sumOf(hits);
  return {
    name: `${path}, week of ${mondayOf(week)}`,
    source: `${SOURCE}, week of ${mondayOf(week)}`,
    origin: 'import',
    format: 'totals',
    isMarked: false,
    sha256: read.sha256,
    front: undefined,
    candidates: all,
    whole: true,
    begins: undefined,
    leftOut: [],
    knownStates: [],
    mode: options.replace === true ? 'replace' : 'add',
    tally: {
      candidates: all,
      counted: all,
      known: 0,
      misfits: 0,
      rejections: [],
      systems: read.systems,
      requests: read.requests,
      countries: [UNKNOWN_COUNTRY],
      cells: {
        week: new Uint32Array(hits.length).fill(week),
        system: read.system,
        request: read.request,
        country: new Uint32Array(hits.length),
        hits,
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
