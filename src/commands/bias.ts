import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { median } from 'd3-array';
import { FLEETS } from '../fleet/compositions.ts';
import { type KnownWeek, writeKnownWeeks } from '../fleet/known-weeks.ts';
import type { Week } from '../flow/sightings/week.ts';
import { type EpochSeconds, weekStart } from '../flow/sightings/week.ts';
import { type CubeCell, Vault } from '../flow/vault/vault.ts';
import { type Census, takeCensus } from '../flow/views/census.ts';
import type { BiasRow, Disagreement, Estimator, MeasuredBias, MeasuredFleet } from '../flow/website/measured-bias.ts';
import { rulesOf } from './distribution.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { ingest } from './ingest.ts';
import { withScratch } from './scratch.ts';
import { plural, showSteps, type Terminal } from './terminal.ts';

export interface BiasOptions {
  systems: number;
  weeks: number;
  seed: number;
  json?: boolean;
}

const FEWEST_SYSTEMS = 100;

/** `rollcall bias`: how far four ways of counting are from the truth, for fleets that know it. */
export async function bias(options: BiasOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.systems < FEWEST_SYSTEMS) {
    const why = `of fewer than ${FEWEST_SYSTEMS} systems chance tells more than the way of counting; name more`;
    throw new UsageError(`--systems ${options.systems}: ${why}`);
  }
  const measured = await measureBias(options, terminal);
  terminal.out.write(options.json === true ? `${JSON.stringify(measured, null, 2)}\n` : describeBias(measured));
  return 0;
}

async function measureBias({ systems, weeks, seed }: BiasOptions, terminal: Terminal): Promise<MeasuredBias> {
  const fleets = Object.keys(FLEETS) as MeasuredFleet[];
  const measured: FleetMeasured[] = [];
  const steps = await showSteps(terminal.err, 'Measuring', 'fleets', fleets.length);
  await withScratch('bias', async (folder) => {
    for (const [done, fleet] of fleets.entries()) {
      measured.push(await measureFleet(fleet, { systems, weeks, seed }, folder));
      steps.update(done + 1);
    }
  }).finally(() => steps.stop());
  const command = `rollcall bias --systems ${systems} --weeks ${weeks} --seed ${seed}`;
  const rows = measured.flatMap((each) => each.rows);
  return { command, systems, weeks, seed, rows, disagreements: measured.map(({ disagreement }) => disagreement) };
}

interface FleetMeasured {
  rows: BiasRow[];
  disagreement: Disagreement;
}

/** Monday 2025-02-03, and not the clock: the same command gives the same numbers on every day. */
const FIRST_WEEK = 2874 as Week;

/**
 * Check-ins take the way of every log: ingest, vault, census. A census written anew for this purpose would be measured in
 * place of the one that is published. Addresses take none, as no address reaches the vault: the fleet counts them itself.
 */
async function measureFleet(fleet: MeasuredFleet, size: BiasOptions, folder: string): Promise<FleetMeasured> {
  const path = join(folder, `${fleet}.log`);
  const known = await writeKnownWeeks({ ...size, path, composition: FLEETS[fleet], firstWeek: FIRST_WEEK });
  const vaultPath = join(folder, `${fleet}.sqlite`);
  const now = weekStart((FIRST_WEEK + size.weeks + 1) as Week);
  await ingestQuietly(path, vaultPath, now);
  const vault = Vault.open(vaultPath, 'read', randomBytes);
  const rules = rulesOf('almalinux');
  try {
    const weeks = known.map((week) => {
      const cells = [...vault.cells(week.week)];
      return { known: week, cells, census: takeCensus(week.week, cells, rules) };
    });
    const estimates = weeks.map(({ known: week, cells, census }) => estimateWeek(week, cells, census));
    return {
      rows: ESTIMATORS.map((estimator) => rowOf(fleet, estimator, known, estimates)),
      disagreement: disagreementOf(fleet, weeks),
    };
  } finally {
    vault.close();
  }
}

async function ingestQuietly(log: string, vault: string, now: EpochSeconds): Promise<void> {
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  const code = await ingest([log], { vault, workers: 1 }, { out: nowhere(), err: nowhere() }, { now: () => now });
  if (code !== 0) throw new Error('the log of a made-up fleet was not counted');
}

const ESTIMATORS: readonly Estimator[] = ['sum-over-repositories', 'base-repository', 'census', 'addresses-per-day'];

function estimateWeek(
  { addressesPerDay }: KnownWeek,
  cells: readonly CubeCell[],
  { systems }: Census,
): Record<Estimator, number> {
  return {
    'sum-over-repositories': sumOfHits(cells),
    'base-repository': sumOfHits(cells.filter(({ request }) => /^baseos-\d+(?:-kitten)?$/.test(request.repoTag))),
    census: systems,
    'addresses-per-day': addressesPerDay,
  };
}

function sumOfHits(cells: readonly CubeCell[]): number {
  return cells.reduce((sum, { hits }) => sum + hits, 0);
}

function rowOf(
  fleet: MeasuredFleet,
  estimator: Estimator,
  known: readonly KnownWeek[],
  estimates: readonly Record<Estimator, number>[],
): BiasRow {
  const percents = known.map(({ systems }, index) => (estimates[index]![estimator] / systems - 1) * 100);
  return {
    fleet,
    estimator,
    percent: toTenths(median(percents)!),
    least: toTenths(Math.min(...percents)),
    most: toTenths(Math.max(...percents)),
  };
}

/** Two repositories miss the same systems, so that they agree says nothing of these. */
function disagreementOf(fleet: MeasuredFleet, weeks: readonly { known: KnownWeek; census: Census }[]): Disagreement {
  const around = weeks.filter(({ known: { systems }, census: { low, high } }) => low <= systems && systems <= high);
  const percent = median(weeks, ({ census: { systems, low, high } }) => ((high - low) / systems) * 100)!;
  return { fleet, percent: toTenths(percent), weeksAround: around.length };
}

function toTenths(value: number): number {
  return Math.round(value * 10) / 10 + 0;
}

/** What the fleet is, and what it teaches. */
const FLEET_TEXTS: Record<MeasuredFleet, { what: string; lesson: readonly string[] }> = {
  servers: {
    what: 'Servers, always on, each at an address of its own',
    lesson: [
      'Each asks three to five repositories, and a sum counts it each time. The census misses some of',
      'those that fetch a list only once a week, and the few that do not name their release; a single',
      'day sees even fewer.',
    ],
  },
  laptops: {
    what: 'Laptops, on for some days of the week, at changing addresses',
    lesson: [
      'A laptop that is on for one to three days fetches too seldom to check in every week: the census is',
      'too low. A single day sees only those that are on.',
    ],
  },
  containers: {
    what: 'Containers that live for hours, many behind one address',
    lesson: [
      'Most are gone before they say "count me". The sum comes near the truth only because two errors',
      'cancel each other out.',
    ],
  },
  nat: {
    what: 'Servers and workstations, nearly all behind shared addresses',
    lesson: [
      'A whole office is one address. The census does not look at addresses, so it loses nothing to them;',
      'what it misses are the workstations that are seldom on.',
    ],
  },
  'release-week': {
    what: 'The week of a release, in which more than a third of the systems upgrade',
    lesson: [
      'An upgrade fetches the new release while the old one runs, and the base repositories of both count',
      'the system. Release match takes that away. What it cannot see is that a system checks in before its',
      'upgrade and after it: even the census rises in such a week, though no system was added.',
    ],
  },
  'rarely-on': {
    what: 'Laptops that are used on one day of the week, or on none',
    lesson: [
      'A client says "count me" at the first to fourth list that it fetches. Who fetches one a week is counted',
      'in two weeks of five, and all repositories miss the same systems.',
    ],
  },
  'by-hand': {
    what: 'Servers that somebody updates by hand, about once a week',
    lesson: [
      'Always on is not the same as asking often: one list a week is as little as a laptop that is seldom on',
      'fetches, and all repositories miss the same systems.',
    ],
  },
  'own-mirrors': {
    what: 'Servers, half of them behind mirrors of their own, as with Satellite',
    lesson: ['They never ask the distribution. Nothing in its logs tells that they are there.'],
  },
  'fixed-addresses': {
    what: 'Servers, 30 % of them from images that name no mirrorlist or metalink',
    lesson: ['A repository with a fixed address is never asked for with countme.'],
  },
  'switched-off': {
    what: 'Servers and laptops, 15 % of them with counting switched off or blocked',
    lesson: ['As many as switch it off are missing, and nobody can tell how many do.'],
  },
};

const ESTIMATOR_NAMES: Record<Estimator, string> = {
  'sum-over-repositories': 'sum over repositories',
  'base-repository': 'base repository',
  census: 'census with release match',
  'addresses-per-day': 'unique addresses per day',
};

function describeBias({ command, systems, weeks, rows, disagreements }: MeasuredBias): string {
  const fleets = [...new Set(rows.map(({ fleet }) => fleet))];
  return [
    `How far four ways of counting are from the truth: made-up fleets of about ${plural(systems, 'system')}, ${plural(weeks, 'week')} each.`,
    'Percent above or below the systems that were active in the week: the median over the weeks, and the',
    'lowest and the highest week.',
    ...fleets.flatMap((fleet) => describeFleet(fleet, rows, disagreements, weeks)),
    '',
    'Addresses are those of a day, on average over the seven days of the week. Added up over the days, as',
    `some statistics publish them, they are seven times as many: ${describeAddressDays(rows)} the systems.`,
    '',
    `These numbers again: ${command}`,
    '',
  ].join('\n');
}

function describeFleet(
  fleet: MeasuredFleet,
  rows: readonly BiasRow[],
  disagreements: readonly Disagreement[],
  weeks: number,
): string[] {
  const { what, lesson } = FLEET_TEXTS[fleet];
  return [
    '',
    what,
    ...rows.filter((row) => row.fleet === fleet).map(describeRow),
    ...disagreements.filter((one) => one.fleet === fleet).map((one) => describeDisagreement(one, weeks)),
    ...lesson.map((line) => `  ${line}`),
  ];
}

function describeRow({ estimator, percent, least, most }: BiasRow): string {
  const range = `${signed(least)} to ${signed(most)}`;
  return `  ${ESTIMATOR_NAMES[estimator].padEnd(26)} ${signed(percent).padStart(8)} %   (${range})`;
}

function describeDisagreement({ percent, weeksAround }: Disagreement, weeks: number): string {
  const around = `the truth is between them in ${weeksAround} of ${plural(weeks, 'week')}`;
  return `  repositories disagree by   ${percent.toFixed(1).padStart(7)} %   (${around})`;
}

/** `0.5 to 6.3 times`, from the fleet with the least to that with the most. */
function describeAddressDays(rows: readonly BiasRow[]): string {
  const times = rows
    .filter(({ estimator }) => estimator === 'addresses-per-day')
    .map(({ percent }) => 7 * (1 + percent / 100));
  return `${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)} times`;
}

/** `+284.0`, `-9.1`, `0.0`. */
function signed(percent: number): string {
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)}`;
}
