import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { EpochSeconds, Week } from '../sightings/week.ts';
import type { EpochHour } from '../tallies/log-tally.ts';
import { splitKey, sumOfHits } from './cells.ts';
import { type Access, type Database, openDatabase } from './database.ts';
import { type Dictionaries, dictionariesOf, textOf } from './dictionary.ts';
import { type Coverage, coverageOf, hoursIn, type SourceHours, unionOfHours } from './hours.ts';
import type { LogState } from './ledger.ts';
import { type RejectionRow, readHours, readLogs, readRejections, statesAt } from './ledger-rows.ts';
import { closeWeeks, type RandomBytes } from './networks.ts';
import { type Offer, type Outcome, record } from './record.ts';
import { verify } from './verify.ts';
import { readCube, WeekCubes } from './week-cubes.ts';

/** One cell of a week, with its text. */
export interface CubeCell {
  system: System;
  request: Request;
  country: string;
  hits: number;
}

export interface WeekSummary {
  week: Week;
  hits: number;
  /** Undefined for a week whose totals were imported. */
  coverage: Coverage | undefined;
}

/** How long to wait for readers, which seldom take a second, before a destroyed key is left in the WAL. */
const ERASING_MILLISECONDS = 3_000;

/** The durable state: ledger and cube in one SQLite file (V1). The only way to them. */
export class Vault {
  readonly #database: Database;
  readonly #dictionaries: Dictionaries;
  readonly #randomBytes: RandomBytes;

  private constructor(database: Database, randomBytes: RandomBytes) {
    this.#database = database;
    this.#dictionaries = dictionariesOf(database);
    this.#randomBytes = randomBytes;
  }

  /** Throws a VaultFault if the file cannot be used. */
  static open(path: string, access: Access, randomBytes: RandomBytes): Vault {
    return new Vault(openDatabase(path, access), randomBytes);
  }

  close(): void {
    this.#database.close();
  }

  /** The known states of logs whose first candidate fell in this hour. */
  statesAt(firstHour: EpochHour | undefined): LogState[] {
    return statesAt(this.#database, firstHour);
  }

  /**
   * Records logs in one transaction, in order: all of them with their ledger rows, or none (G7). Stops behind the first
   * that must be read again, as the decision on a later one may depend on it; the others have no outcome then.
   */
  record(offers: readonly Offer[]): Outcome[] {
    this.#textsRead = undefined;
    return this.#database.transaction(() => {
      this.#textsRead = undefined;
      const cubes = new WeekCubes(this.#database);
      const outcomes: Outcome[] = [];
      for (const offer of offers) {
        const outcome = record(this.#database, this.#dictionaries, cubes, offer, this.#randomBytes);
        outcomes.push(outcome);
        if (outcome.status === 'read-again') break;
      }
      cubes.write();
      return outcomes;
    });
  }

  /**
   * P4. The key must be gone from the disk too, so the WAL is emptied. Answers false if a reader that kept the vault open
   * made that impossible: the next run does it then.
   */
  closeWeeks(now: EpochSeconds): boolean {
    const closed = this.#database.transaction(() => closeWeeks(this.#database, now));
    return this.#database.emptyWal(closed > 0 ? ERASING_MILLISECONDS : 0) || closed === 0;
  }

  /** One committed state for all reads that belong together. */
  snapshot<Result>(work: () => Result): Result {
    this.#textsRead = undefined;
    return this.#database.snapshot(work);
  }

  /** The weeks that have counted check-ins, ascending. */
  weeks(): WeekSummary[] {
    const imported = new Set(
      this.#database
        .all("SELECT DISTINCT week FROM tally JOIN log ON log.id = tally.log WHERE origin = 'import'")
        .map((row) => Number(row['week'])),
    );
    const coverage = this.#coverage();
    return this.#database.all('SELECT week FROM cube ORDER BY week').map((row) => {
      const week = Number(row['week']) as Week;
      const hits = sumOfHits(readCube(this.#database, week));
      return { week, hits, coverage: imported.has(week) ? undefined : coverage(week) };
    });
  }

  /** The cells of one week, in no order that means anything. */
  *cells(week: Week): Generator<CubeCell> {
    const { keys, hits } = readCube(this.#database, week);
    const texts = this.#texts();
    for (let i = 0; i < keys.length; i++) {
      const { system, request, country } = splitKey(keys[i]!);
      yield {
        system: textOf(texts.systems, system),
        request: textOf(texts.requests, request),
        country: textOf(texts.countries, country),
        hits: hits[i]!,
      };
    }
  }

  rejections(): RejectionRow[] {
    return readRejections(this.#database);
  }

  /** What is wrong with the vault, as sentences; nothing if all is well. */
  verify(): string[] {
    return this.#database.snapshot(() => verify(this.#database, this.#dictionaries, () => this.weeks()));
  }

  #textsRead:
    | { systems: Map<number, System>; requests: Map<number, Request>; countries: Map<number, string> }
    | undefined;

  #texts() {
    this.#textsRead ??= {
      systems: this.#dictionaries.systems.all(),
      requests: this.#dictionaries.requests.all(),
      countries: this.#dictionaries.countries.all(),
    };
    return this.#textsRead;
  }

  /** Reads all hours once and answers for each week. */
  #coverage(): (week: Week) => Coverage {
    const sourceOf = new Map(readLogs(this.#database).map((log) => [log.id, log.source]));
    const bySource = new Map<number, Map<Week, Uint8Array>>();
    for (const { log, week, seen } of readHours(this.#database)) {
      const source = sourceOf.get(log)!;
      const weeks = bySource.get(source) ?? new Map<Week, Uint8Array>();
      const before = weeks.get(week);
      weeks.set(week, before === undefined ? seen : unionOfHours(before, seen));
      bySource.set(source, weeks);
    }
    const sources = [...bySource.values()].map((weeks) => ({ weeks, ...extentOf(weeks) }));
    return (week) =>
      coverageOf(
        week,
        sources.map(({ weeks, first, last }): SourceHours => {
          const bits = weeks.get(week);
          return { first, last, seen: bits === undefined ? [] : hoursIn(bits, week) };
        }),
      );
  }
}

/** The first and the last hour of a source. */
function extentOf(weeks: Map<Week, Uint8Array>): { first: EpochHour; last: EpochHour } {
  const ordered = [...weeks.keys()].sort((a, b) => a - b);
  const first = ordered[0]!;
  const last = ordered.at(-1)!;
  return { first: hoursIn(weeks.get(first)!, first)[0]!, last: hoursIn(weeks.get(last)!, last).at(-1)! };
}
