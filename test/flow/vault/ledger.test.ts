import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { countLogs, type LogReport } from '../../../src/commands/count-logs.ts';
import { startReaders } from '../../../src/commands/start-readers.ts';
import { discover } from '../../../src/flow/bytes/discover.ts';
import type { EpochSeconds } from '../../../src/flow/sightings/week.ts';
import type { EpochHour, EpochMinute } from '../../../src/flow/tallies/log-tally.ts';
import type { CountedLog, Decision, LogId, LogState, ReadLog } from '../../../src/flow/vault/ledger.ts';
import { decide, overlaps } from '../../../src/flow/vault/ledger.ts';
import type { Offer } from '../../../src/flow/vault/record.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { newReaders } from '../../support/in-process.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { checkIn, MONDAY } from '../../support/vault-logs.ts';

/** Minutes of one day, from `09:30` and so on; `hours` if not every hour between has counted lines. */
function extent(from: string, until: string, hours?: number[]) {
  const minute = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const span = { from: minute(from) as EpochMinute, until: minute(until) as EpochMinute };
  const all: number[] = [];
  for (let hour = Math.floor(span.from / 60); hour <= Math.floor(span.until / 60); hour++) all.push(hour);
  return { span, hours: (hours ?? all) as EpochHour[] };
}

describe('overlaps (G5)', () => {
  const nothing = { span: undefined, hours: [] };
  const table: [string, ReturnType<typeof extent> | typeof nothing, ReturnType<typeof extent>, boolean][] = [
    ['a log without counted lines claims no time', nothing, extent('09:00', '10:59'), false],
    ['other hours', extent('09:00', '09:59'), extent('13:00', '13:59'), false],
    ['rotated at the hour', extent('09:00', '09:59'), extent('10:00', '10:59'), false],
    ['rotated within the hour', extent('09:00', '10:30'), extent('10:31', '11:59'), false],
    ['rotated within the hour, nothing else in it', extent('10:00', '10:30'), extent('10:31', '10:59'), false],
    ['rotated within a minute', extent('09:00', '10:30'), extent('10:30', '11:59'), false],
    ['a line of the minute before, written late', extent('09:00', '10:30'), extent('10:29', '11:59'), false],
    ['two minutes back are too many', extent('09:00', '10:30'), extent('10:28', '11:59'), true],
    ['one shared hour, the later begins long before', extent('10:00', '10:59'), extent('10:10', '11:59'), true],
    ['the same time', extent('10:00', '10:59'), extent('10:00', '10:59'), true],
    ['the same beginning', extent('10:00', '10:30'), extent('10:00', '10:45'), true],
    ['the same end', extent('10:00', '10:45'), extent('10:30', '10:45'), true],
    ['daily and hourly log of one traffic', extent('00:00', '23:59'), extent('10:00', '10:59'), true],
    ['one within the hour of another', extent('10:00', '10:59'), extent('10:20', '10:30'), true],
    [
      'two hours shared, although the ends touch',
      extent('09:00', '10:59', [9, 10]),
      extent('10:59', '12:00', [9, 10, 12]),
      true,
    ],
    [
      'spans meet in an hour in which only one counted',
      extent('09:00', '11:00', [9, 11]),
      extent('10:10', '10:20'),
      false,
    ],
    [
      'all in the first minute of another: it may be a copy of its beginning',
      extent('10:30', '10:30'),
      extent('10:30', '11:59'),
      true,
    ],
    ['the later log is all in the touching minute', extent('09:00', '10:30'), extent('10:30', '10:30'), false],
    ['both are all in one minute', extent('10:30', '10:30'), extent('10:30', '10:30'), true],
  ];
  for (const [name, a, b, expected] of table) {
    test(`G5 A20: ${name}: ${expected ? 'overlap' : 'no overlap'}`, () => {
      assert.equal(overlaps(a, b), expected);
      assert.equal(overlaps(b, a), expected, 'whichever was counted first');
    });
  }
});

describe('decide (G2, G3, G4)', () => {
  const state = (log: number, candidates: number, isLatest = true): LogState => ({
    log: log as LogId,
    candidates,
    sha256: `${candidates}`.padStart(64, '0'),
    isLatest,
  });
  const counted = (id: number, from: string, until: string): CountedLog => ({
    id: id as LogId,
    name: `log ${id}`,
    ...extent(from, until),
  });
  const read = (begins: LogState | undefined, from = '10:00', until = '11:59'): ReadLog => ({
    sha256: 'f'.repeat(64),
    candidates: 100,
    begins,
    ...extent(from, until),
  });
  const quiet: ReadLog = { ...read(undefined), span: undefined, hours: [] };
  const refuse = (why: 'differs' | 'alike' | 'overlaps', ...inTheWay: number[]): Decision => ({
    kind: 'refuse',
    why,
    inTheWay: inTheWay as LogId[],
  });
  const old = counted(1, '08:00', '09:59');
  const same = counted(2, '10:00', '11:59');
  const also = counted(3, '11:00', '12:59');

  const table: [string, ReadLog, LogState | undefined, CountedLog[], Decision, number[]?][] = [
    ['G3 a new log', read(undefined), undefined, [], { kind: 'count' }],
    ['G3 a new log behind another', read(undefined), undefined, [old], { kind: 'count' }],
    ['G2 known in all its lines', read(undefined), state(7, 100), [], { kind: 'already-counted', log: 7 as LogId }],
    [
      'G2 A12 known, whatever overlaps',
      read(state(7, 60)),
      state(7, 100),
      [same, also],
      { kind: 'already-counted', log: 7 as LogId },
    ],
    [
      'G2 known as an earlier state',
      read(undefined),
      state(7, 100, false),
      [],
      { kind: 'already-counted', log: 7 as LogId },
    ],
    ['G3 A04 it has grown', read(state(7, 60)), undefined, [], { kind: 'continue', log: 7 as LogId }],
    [
      'G3 it has grown and does not stand in its own way',
      read(state(2, 60)),
      undefined,
      [same],
      { kind: 'continue', log: 2 as LogId },
    ],
    [
      'G4 it has grown into the hours of another',
      read(state(2, 60)),
      undefined,
      [same, also],
      refuse('overlaps', 3, 2),
    ],
    ['G4 A19 it differs from what was counted of it', read(state(7, 60, false)), undefined, [], refuse('differs', 7)],
    [
      'G4 it differs and overlaps: each is named once',
      read(state(2, 60, false)),
      undefined,
      [same, also],
      refuse('differs', 2, 3),
    ],
    ['G4 A20 other content for counted hours', read(undefined), undefined, [old, same, also], refuse('overlaps', 2, 3)],
    ['G10 it begins like a counted log', read(undefined), undefined, [], refuse('alike', 9), [9]],
    ['G10 it begins like a log in its way', read(undefined), undefined, [same], refuse('alike', 2), [2]],
    [
      'G10 it begins like the log it continues',
      read(state(7, 60)),
      undefined,
      [],
      { kind: 'continue', log: 7 as LogId },
      [7],
    ],
    ["G5 nothing counted, so in nobody's way", quiet, undefined, [same], { kind: 'count' }],
  ];
  for (const [name, log, exact, neighbours, expected, alike = []] of table) {
    test(`${name}: ${expected.kind}`, () =>
      assert.deepEqual(decide(log, exact, neighbours, alike as LogId[]), expected));
  }
});

const folder = temporaryFolder();
const readers = newReaders(2);
after(() => readers.close());

function newVault(): Vault {
  return Vault.open(':memory:', 'write', randomBytes);
}

async function count(
  vault: Vault,
  paths: string[],
  mode: Offer['mode'] = 'add',
  source?: string,
): Promise<LogReport[]> {
  const logs = discover(paths);
  const options = { readers, vault, mode, source, ahead: 4, onProgress: () => {} };
  const reports: LogReport[] = [];
  for await (const report of countLogs(logs, options)) reports.push(report);
  return reports;
}

/** Hits by repository: each test line stands for itself by its repository. */
function hitsByRepo(vault: Vault): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { week } of vault.weeks()) {
    for (const { request, hits } of vault.cells(week)) {
      sums.set(request.repoTag, (sums.get(request.repoTag) ?? 0) + hits);
    }
  }
  return new Map([...sums].sort());
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Lines a minute apart, from this minute of the week. */
function minutes(from: number, until: number, repo = 'r'): string {
  let text = '';
  for (let minute = from; minute < until; minute++) text += checkIn({ time: MONDAY + minute * 60, repo });
  return text;
}

describe("logs that get in each other's way", () => {
  test('G4 A19: lines changed in the middle of a counted log are refused; --replace takes the new side', async () => {
    const vault = newVault();
    const path = write('changed.log', minutes(0, 50));
    await count(vault, [path]);
    write('changed.log', minutes(0, 80));
    assert.equal((await count(vault, [path]))[0]?.status, 'continued');
    write('changed.log', minutes(0, 60) + minutes(60, 100, 'other'));
    const [refused] = await count(vault, [path]);
    assert.equal(refused?.status, 'refused');
    assert.match(refused?.reason ?? '', /begins like .*changed\.log and then differs.*--replace/s);
    assert.deepEqual([...hitsByRepo(vault)], [['r', 80]]);
    const [replaced] = await count(vault, [path], 'replace');
    assert.equal(replaced?.status, 'counted');
    assert.deepEqual(
      [...hitsByRepo(vault)],
      [
        ['other', 40],
        ['r', 60],
      ],
    );
    assert.deepEqual(vault.verify(), []);
  });

  test('G4 A20: a daily log after its hourly logs is refused; --replace takes all of them out at once', async () => {
    const vault = newVault();
    const hourly = [0, 1, 2].map((hour) => write(`hourly-${hour}.log`, minutes(hour * 60, hour * 60 + 60, `h${hour}`)));
    const daily = write('daily.log', minutes(0, 180, 'daily'));
    await count(vault, hourly, 'add', 'server');
    const [refused] = await count(vault, [daily], 'add', 'server');
    assert.equal(refused?.status, 'refused');
    assert.match(refused?.reason ?? '', /hours were already counted .*hourly-0\.log.*hourly-1\.log.*hourly-2\.log/s);
    assert.equal((await count(vault, [daily], 'replace', 'server'))[0]?.status, 'counted');
    assert.deepEqual([...hitsByRepo(vault)], [['daily', 180]]);
    assert.equal(
      (await count(vault, hourly, 'add', 'server')).every(({ status }) => status === 'refused'),
      true,
    );
    assert.deepEqual([...hitsByRepo(vault)], [['daily', 180]]);
    assert.deepEqual(vault.verify(), []);
  });

  test('G4: the same hours of another source are counted', async () => {
    const vault = newVault();
    await count(vault, [write('one.log', minutes(0, 60, 'one'))], 'add', 'server 1');
    const [second] = await count(vault, [write('two.log', minutes(0, 60, 'two'))], 'add', 'server 2');
    assert.equal(second?.status, 'counted');
    assert.deepEqual(
      [...hitsByRepo(vault)],
      [
        ['one', 60],
        ['two', 60],
      ],
    );
  });

  test('G2 A12: the same log of another source is counted once', async () => {
    const vault = newVault();
    const path = write('same.log', minutes(0, 60));
    await count(vault, [path], 'add', 'server 1');
    assert.equal((await count(vault, [path], 'add', 'server 2'))[0]?.status, 'already-counted');
  });

  test('G10 A12: an older, shorter copy is refused under any source; --replace takes it', async () => {
    const vault = newVault();
    await count(vault, [write('long.log', minutes(0, 200))], 'add', 'server 1');
    const path = write('backup.log', minutes(0, 120));
    const [refused] = await count(vault, [path], 'add', 'server 2');
    assert.equal(refused?.status, 'refused');
    assert.match(refused?.reason ?? '', /begins like .*long\.log.* older copy.*--replace/s);
    assert.deepEqual([...hitsByRepo(vault)], [['r', 200]]);
    assert.equal((await count(vault, [path], 'replace', 'server 2'))[0]?.status, 'counted');
    assert.deepEqual([...hitsByRepo(vault)], [['r', 120]]);
    assert.deepEqual(vault.verify(), []);
  });

  test('G10: in one run, whichever copy comes first, nothing is counted twice', async () => {
    const short = write('part.log', minutes(0, 120));
    const long = write('whole.log', minutes(0, 200));
    const first = newVault();
    assert.deepEqual(
      (await count(first, [short, long])).map(({ status }) => status),
      ['counted', 'continued'],
    );
    const second = newVault();
    assert.deepEqual(
      (await count(second, [long, short])).map(({ status }) => status),
      ['counted', 'refused'],
    );
    for (const vault of [first, second]) assert.deepEqual([...hitsByRepo(vault)], [['r', 200]]);
  });

  test('G3 T3: a log whose first line is in the future today is continued when that day has come', async () => {
    const vault = newVault();
    const future = (at: number) => {
      const text = checkIn({ time: MONDAY + 3 * 86_400, repo: 'r' }) + minutes(0, at);
      return write('future.log', text);
    };
    const count = async (path: string, now: number) => {
      const soon = startReaders({}, now as EpochSeconds);
      soon.growTo(1, [0]);
      try {
        const options = {
          readers: soon,
          vault,
          mode: 'add' as const,
          source: undefined,
          ahead: 4,
          onProgress: () => {},
        };
        const reports: LogReport[] = [];
        for await (const report of countLogs(discover([path]), options)) reports.push(report);
        return reports[0]!;
      } finally {
        await soon.close();
      }
    };
    const first = await count(future(100), MONDAY + 86_400);
    assert.deepEqual([first.status, first.counted, first.rejected], ['counted', 100, { 'time-range': 1 }]);
    const later = await count(future(150), MONDAY + 6 * 86_400);
    assert.deepEqual([later.status, later.counted], ['continued', 50]);
  });

  test('G3 G10: logs of two servers that begin in the same hour are read once each', async (context) => {
    const read = context.mock.method(readers, 'read');
    const vault = newVault();
    const logs = ['a', 'b', 'c'].map((name, i) => write(`server-${name}.log`, minutes(i, 100 + i, name)));
    assert.deepEqual(
      (await count(vault, logs)).map(({ status }) => status),
      ['counted', 'counted', 'counted'],
    );
    assert.equal(read.mock.callCount(), logs.length);
  });

  test('G2 A01: one log named twice in one run is counted once', async () => {
    const vault = newVault();
    const path = write('twice.log', minutes(0, 60));
    const copy = join(folder, 'twice-copy.log.gz');
    writeFileSync(copy, gzipSync(minutes(0, 60)));
    const statuses = (await count(vault, [path, path, copy])).map(({ status }) => status);
    assert.deepEqual(statuses, ['counted', 'already-counted', 'already-counted']);
    assert.deepEqual([...hitsByRepo(vault)], [['r', 60]]);
  });

  test('G8: a log without candidates has no identity: its hours are kept, and nothing is in the way', async () => {
    const vault = newVault();
    const path = write('quiet.log', '192.0.2.1 - - [04/Aug/2025:00:00:01 +0000] "GET / HTTP/1.1" 200 1 "-" "x"\n');
    assert.equal((await count(vault, [path]))[0]?.status, 'counted');
    assert.equal((await count(vault, [path]))[0]?.status, 'counted');
    assert.deepEqual(vault.weeks(), []);
    assert.deepEqual(vault.verify(), []);
  });
});

/** A log file of a server that rotates in every way, with the numbers of its lines. */
interface LogFile {
  lines: number[];
  compressed: boolean;
}

/**
 * A server and what it wrote. `seen` are the lines of logs that were offered and taken: each must be counted once. A
 * log may be refused only if all of its lines are among them.
 */
class ServerModel {
  readonly #random: Random;
  readonly #name: string;
  #live: LogFile = { lines: [], compressed: false };
  /** Newest first, as `.1`, `.2` and so on. */
  #rotated: LogFile[] = [];
  /** The time of each line, in seconds; its place is its number. */
  readonly #times: number[] = [];
  #isTorn = false;
  #mustWait = false;
  readonly seen = new Set<number>();
  readonly story: string[] = [];

  constructor(random: Random, name: string) {
    this.#random = random;
    this.#name = name;
  }

  step(): void {
    const steps: [string, () => void][] = [
      ['append', () => this.#append()],
      ['append', () => this.#append()],
      ['append', () => this.#append()],
      ['tear', () => this.#tear()],
      ['rename', () => this.#rotate()],
      ['copytruncate', () => this.#rotate()],
      ['copy', () => this.#rotated.unshift({ ...this.#live, lines: [...this.#live.lines] })],
      ['compress', () => this.#compress()],
      ['drop', () => this.#rotated.pop()],
    ];
    const [name, step] = this.#random.pick(steps);
    this.story.push(name);
    step();
  }

  #append(): void {
    const count = 1 + this.#random.below(6);
    for (let i = 0; i < count; i++) {
      const pause = this.#random.pick([0, 1, 20, 60, 600, 3000]) + (this.#mustWait ? 60 : 0);
      this.#mustWait = false;
      this.#live.lines.push(this.#times.push((this.#times.at(-1) ?? 0) + pause) - 1);
    }
    this.#isTorn = false;
  }

  /** The last line is half written. It is finished by the next append, or lost when the log is rotated. */
  #tear(): void {
    this.#isTorn = !this.#isTorn && this.#live.lines.length > 0;
  }

  #rotate(): void {
    // An unfinished line at the end of a rotated log is a line that nobody finishes: drop it here too.
    this.#isTorn = false;
    this.#rotated.unshift(this.#live);
    this.#live = { lines: [], compressed: false };
    // Rotated within a minute is for the tests above: a log of that minute alone would be refused.
    this.#mustWait = true;
  }

  #compress(): void {
    for (const file of this.#rotated) file.compressed ||= this.#random.chance(0.5);
  }

  #text(lines: readonly number[]): string {
    return lines.map((line) => checkIn({ time: MONDAY + this.#times[line]!, repo: `r${line}` })).join('');
  }

  /** Writes the files as they lie there now and gives their paths, each with the lines that must be found in it. */
  files(): Map<string, readonly number[]> {
    const files = new Map<string, readonly number[]>();
    const base = join(folder, this.#name);
    const half = this.#isTorn
      ? 'half of a line: 192.0.2.1 - - [04/Aug/2025:00:00:00 +0000] "GET /metalink?countme=1'
      : '';
    writeFileSync(base, this.#text(this.#live.lines) + half);
    files.set(base, this.#live.lines);
    for (const [place, { lines, compressed }] of this.#rotated.entries()) {
      const path = `${base}.${place + 1}${compressed ? '.gz' : ''}`;
      writeFileSync(path, compressed ? gzipSync(this.#text(lines)) : this.#text(lines));
      files.set(path, lines);
    }
    return files;
  }

  check(path: string, lines: readonly number[], report: LogReport): void {
    const story = `${this.story.join(', ')}; ${path}: ${report.reason ?? report.status}`;
    if (report.status === 'counted' || report.status === 'continued') {
      const fresh = lines.filter((line) => !this.seen.has(line));
      assert.equal(report.counted, fresh.length, story);
      for (const line of lines) this.seen.add(line);
      return;
    }
    assert.notEqual(report.status, 'damaged', story);
    assert.ok(
      lines.every((line) => this.seen.has(line)),
      `a line that was never counted is refused: ${story}`,
    );
  }
}

describe('a random life of log files', () => {
  const seed = testSeed();
  const sequences = process.env['CI'] === undefined ? 100 : 500;
  test(`A04 A06 A07 A08 A12 G2 G3 G4 G5: ${sequences} random lives, each line is counted once (seed ${seed})`, async () => {
    for (let life = 0; life < sequences; life++) {
      const random = seededRandom(seed + life);
      const vault = newVault();
      const server = new ServerModel(random, `life-${life}.log`);
      const written = new Set<string>();
      for (let step = 0; step < 30; step++) {
        server.step();
        if (!random.chance(0.3)) continue;
        server.story.push('INGEST');
        const files = server.files();
        for (const path of files.keys()) written.add(path);
        const chosen = [...files.keys()].filter(() => random.chance(0.8)).sort(() => random.below(3) - 1);
        const reports = await count(vault, chosen);
        for (const [place, report] of reports.entries())
          server.check(chosen[place]!, files.get(chosen[place]!)!, report);
      }
      const expected = new Map([...server.seen].map((line): [string, number] => [`r${line}`, 1]).sort());
      assert.deepEqual(hitsByRepo(vault), expected, `seed ${seed + life}: ${server.story.join(', ')}`);
      assert.deepEqual(vault.verify(), []);
      vault.close();
      for (const path of written) rmSync(path, { force: true });
    }
  });

  test(`G3 C4: the order of all files of a server changes nothing (seed ${seed})`, async () => {
    const parts = Array.from({ length: 6 }, (_, part) =>
      write(`order.log.${part + 1}`, minutes(part * 45, part * 45 + 45, `p${part}`)),
    );
    for (let round = 0; round < 20; round++) {
      const random = seededRandom(seed + round);
      const vault = newVault();
      const shuffled = parts.map((path) => ({ path, key: random.below(2 ** 30) })).sort((a, b) => a.key - b.key);
      const reports = await count(
        vault,
        shuffled.map(({ path }) => path),
      );
      assert.equal(
        reports.every(({ status }) => status === 'counted'),
        true,
      );
      assert.deepEqual(
        [...hitsByRepo(vault)],
        parts.map((_, part) => [`p${part}`, 45]),
      );
      vault.close();
    }
  });

  test('A06: two rotations and a compression between two runs', async () => {
    const vault = newVault();
    const live = write('twice-rotated.log', minutes(0, 30));
    await count(vault, [live]);
    write('twice-rotated.log', minutes(0, 50));
    writeFileSync(`${live}.2.gz`, gzipSync(minutes(0, 50)));
    renameSync(live, `${live}.gone`);
    writeFileSync(`${live}.1`, minutes(50, 70));
    writeFileSync(live, minutes(70, 90));
    rmSync(`${live}.gone`);
    const statuses = (await count(vault, [live, `${live}.1`, `${live}.2.gz`])).map(({ status }) => status);
    assert.deepEqual(statuses, ['counted', 'counted', 'continued']);
    assert.deepEqual([...hitsByRepo(vault)], [['r', 90]]);
  });
});
