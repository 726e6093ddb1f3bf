import type { Week } from '../flow/sightings/week.ts';
import { weekStart } from '../flow/sightings/week.ts';
import { createLineFormatter } from './access-log.ts';
import { createFileSink } from './byte-sink.ts';
import type { Composition } from './compositions.ts';
import type { Population } from './population.ts';
import { createPopulation } from './population.ts';
import { createRandom } from './random.ts';

export interface KnownWeeksOptions {
  /** The log to write: the check-ins alone, as nothing else is looked at by those who count check-ins. */
  path: string;
  composition: Composition;
  /** Systems of the fleet, about. */
  systems: number;
  weeks: number;
  firstWeek: Week;
  seed: number;
}

/** What only the fleet knows of a week in its log. */
export interface KnownWeek {
  week: Week;
  /** Systems that refreshed their lists at least once, wherever they asked. */
  systems: number;
  /** Distinct addresses among all list requests of a day, on average over the seven days. */
  addressesPerDay: number;
}

/** Enough for a client that asks once a week: its budget is then as good as forgotten. */
const SETTLING_WEEKS = 12;
const DAYS = 7;
const SECONDS_PER_DAY = 86_400;

/** Writes a fleet's check-ins, week after week. The same options give the same log and the same numbers. */
export async function writeKnownWeeks(options: KnownWeeksOptions): Promise<KnownWeek[]> {
  const sink = createFileSink(options.path, false);
  const known: KnownWeek[] = [];
  try {
    for (const run of runsOf(options)) {
      const population = settledPopulation(run);
      for (let done = 0; done < run.weeks; done += 1) {
        const { lines, ...week } = passKnownWeek(population, (run.firstWeek + done) as Week);
        await sink.write(Buffer.from(lines.join(''), 'latin1'));
        known.push(week);
      }
    }
  } finally {
    await sink.close();
  }
  return known;
}

/** A fleet has one release week, so several of them take several fleets, each released a week after the one before. */
function runsOf(options: KnownWeeksOptions): KnownWeeksOptions[] {
  if (options.composition.upgrading === 0) return [options];
  return Array.from({ length: options.weeks }, (_, run) => ({
    ...options,
    weeks: 1,
    firstWeek: (options.firstWeek + run) as Week,
    seed: options.seed + run * 2 ** 32,
  }));
}

function settledPopulation({ composition, systems, weeks, firstWeek, seed }: KnownWeeksOptions): Population {
  const random = createRandom(seed);
  const settlingWeeks = SETTLING_WEEKS;
  const population = createPopulation({ systems, composition, settlingWeeks, firstWeek, weeks, random });
  for (let week = firstWeek - settlingWeeks; week < firstWeek; week += 1) population.pass(week as Week, () => {});
  return population;
}

function passKnownWeek(population: Population, week: Week): KnownWeek & { lines: string[] } {
  const format = createLineFormatter();
  const lines: string[] = [];
  const addresses = Array.from({ length: DAYS }, () => new Set<string>());
  const { all } = population.pass(week, (request) => {
    addresses[Math.floor((request.time - weekStart(week)) / SECONDS_PER_DAY)]!.add(request.address);
    if (request.outcome !== 'none') lines.push(`${format(request)}\n`);
  });
  const addressDays = addresses.reduce((sum, { size }) => sum + size, 0);
  return { week, systems: all, addressesPerDay: addressDays / DAYS, lines };
}
