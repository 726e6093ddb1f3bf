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
import { openDatabase } from '../../../src/flow/vault/database.ts';
import { claimSameTime, type Decision, decide, type Findings, type LogId } from '../../../src/flow/vault/ledger.ts';
import { readLog, writeLog } from '../../../src/flow/vault/ledger-rows.ts';
import type { Offer } from '../../../src/flow/vault/record.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { newReaders } from '../../support/in-process.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { checkIn, LATER, MONDAY } from '../../support/vault-logs.ts';

/** Minutes of one day, from `09:30` and so on; `hours` if not every hour between has counted lines. */
function extent(from: string, until: string, hours?: number[]) {
  const minute = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const span = { from: minute(from) as EpochMinute, until: minute(until) as EpochMinute };
  const all: number[] = [];
  for (let hour = Math.floor(span.from / 60); hour <= Math.floor(span.until / 60); hour++) all.push(hour);
  return { span, hours: (hours ?? all) as EpochHour[] };
}

describe('logs without marks that claim the same time (G5)', () => {
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
      assert.equal(claimSameTime(a, b), expected);
      assert.equal(claimSameTime(b, a), expected, 'whichever was counted first');
    });
  }
});

describe('decide (G2, G3, G4)', () => {
  const id = (log: number) => log as LogId;
  const state = (log: number, candidates: number, isLatest = true) => ({
    log: id(log),
    candidates,
    sha256: `${candidates}`.padStart(64, '0'),
    isLatest,
    isMarked: true,
  });
  const none: Findings = {
    exact: undefined,
    begins: undefined,
    overlap: { kind: 'none' },
    isFixed: false,
    alike: [],
    claiming: [],
  };
  const part = {
    kind: 'part' as const,
    logs: [id(4)],
    held: [],
    known: [],
    lines: 3,
    changed: [],
    areContained: false,
  };
  const unmarked = { ...state(7, 60, false), isMarked: false };

  const table: [string, Partial<Findings>, Decision][] = [
    ['G3 a new log', {}, { kind: 'count' }],
    ['G2 known in all its lines', { exact: state(7, 100) }, { kind: 'already-counted', logs: [id(7)] }],
    [
      'G2 A12 known, whatever stands in its way',
      { exact: state(7, 100), claiming: [id(2), id(3)] },
      { kind: 'already-counted', logs: [id(7)] },
    ],
    ['G2 known as an earlier state', { exact: state(7, 100, false) }, { kind: 'already-counted', logs: [id(7)] }],
    ['G3 A04 it has grown', { begins: state(7, 60) }, { kind: 'continue', log: id(7) }],
    [
      'G3 it has grown and does not stand in its own way',
      { begins: state(2, 60), alike: [id(2)], claiming: [id(2)] },
      { kind: 'continue', log: id(2) },
    ],
    ['G4 it begins like a log that has grown otherwise', { begins: state(7, 60, false) }, { kind: 'count' }],
    [
      'G4 A12 all lines are known, of several logs',
      { overlap: { kind: 'all', logs: [id(4), id(5)], held: [] } },
      { kind: 'already-counted', logs: [id(4), id(5)] },
    ],
    ['G4 A20 some lines are known', { overlap: part }, { kind: 'count-rest', overlap: part }],
    [
      'I4 some lines of a tally without its key are known, and it holds all of the others',
      { overlap: { ...part, areContained: true }, isFixed: true },
      { kind: 'take-place', of: [id(4)] },
    ],
    [
      'I4 some lines of a tally without its key are known, of a log that holds more',
      { overlap: part, isFixed: true },
      { kind: 'refuse', why: 'fixed', inTheWay: [id(4)] },
    ],
    [
      'G4 A19 it was changed between lines that are known',
      { overlap: { ...part, changed: [id(4)] } },
      { kind: 'refuse', why: 'differs', inTheWay: [id(4)] },
    ],
    [
      'G4 it holds all of another, and which lines these are cannot be told',
      { overlap: { kind: 'contains', logs: [id(4)], held: [id(4)] } },
      { kind: 'take-place', of: [id(4)] },
    ],
    [
      'G4 which lines are known cannot be told',
      { overlap: { kind: 'unclear', logs: [id(4)], held: [], hours: [9 as EpochHour] } },
      { kind: 'refuse', why: 'unclear', inTheWay: [id(4)], hours: [9 as EpochHour] },
    ],
    [
      'G5 it claims hours of a log without marks',
      { claiming: [id(2), id(3)] },
      { kind: 'refuse', why: 'claimed', inTheWay: [id(2), id(3)] },
    ],
    [
      'G5 it has grown into the hours of a log without marks',
      { begins: state(2, 60), claiming: [id(2), id(3)] },
      { kind: 'refuse', why: 'claimed', inTheWay: [id(3), id(2)] },
    ],
    [
      'G5 A19 it differs from what was counted of a log without marks',
      { begins: unmarked, claiming: [id(7), id(3)] },
      { kind: 'refuse', why: 'differs', inTheWay: [id(7), id(3)] },
    ],
    [
      'G5 it begins like a log without marks',
      { alike: [id(9)], claiming: [id(2)] },
      { kind: 'refuse', why: 'alike', inTheWay: [id(9), id(2)] },
    ],
  ];
  for (const [name, findings, expected] of table) {
    test(`${name}: ${expected.kind}`, () => assert.deepEqual(decide({ ...none, ...findings }), expected));
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
  by = readers,
): Promise<LogReport[]> {
  const logs = discover(paths);
  const options = { readers: by, vault, mode, source, ahead: 4, onProgress: () => {} };
  const reports: LogReport[] = [];
  for await (const report of countLogs(logs, options)) reports.push(report);
  return reports;
}

/** With readers of other rules, or another clock. */
async function countOtherwise(
  vault: Vault,
  path: string,
  options: Parameters<typeof startReaders>[0],
  now: number,
): Promise<LogReport> {
  const others = startReaders(options, now as EpochSeconds);
  others.growTo(1, [0]);
  try {
    return (await count(vault, [path], 'add', undefined, others))[0]!;
  } finally {
    await others.close();
  }
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
  test('G4 A19: a log that was changed in the middle is refused; --replace takes the new side', async () => {
    const vault = newVault();
    const path = write('changed.log', minutes(0, 50));
    await count(vault, [path]);
    write('changed.log', minutes(0, 80));
    assert.equal((await count(vault, [path]))[0]?.status, 'continued');
    write('changed.log', minutes(0, 60) + minutes(60, 70, 'other') + minutes(70, 100));
    const [refused] = await count(vault, [path]);
    assert.equal(refused?.status, 'refused');
    assert.match(refused?.reason ?? '', /changed\.log, and others in place of the rest.*--replace/s);
    assert.deepEqual([...hitsByRepo(vault)], [['r', 80]]);
    const [replaced] = await count(vault, [path], 'replace');
    assert.equal(replaced?.status, 'counted');
    assert.deepEqual(replaced?.replaced, [{ log: path, candidates: 80, counted: 80 }]);
    assert.deepEqual(
      [...hitsByRepo(vault)],
      [
        ['other', 10],
        ['r', 90],
      ],
    );
    assert.deepEqual(vault.verify(), []);
  });

  test('G4 A20: a daily log after its hourly logs is known, and so are these after it', async () => {
    const hourly = [0, 1, 2].map((hour) => write(`hourly-${hour}.log`, minutes(hour * 60, hour * 60 + 60)));
    const daily = write('daily.log', minutes(0, 180));
    for (const order of [
      [...hourly, daily],
      [daily, ...hourly],
    ]) {
      const vault = newVault();
      const [first, ...others] = await count(vault, order);
      assert.equal(first?.status, 'counted');
      assert.deepEqual(
        others.map(({ status }) => status),
        order[0] === daily ? Array(3).fill('already-counted') : ['counted', 'counted', 'already-counted'],
      );
      assert.deepEqual([...hitsByRepo(vault)], [['r', 180]]);
      assert.deepEqual(vault.verify(), []);
    }
  });

  test('G4: a log that overlaps with two others brings the rest, whatever its source', async () => {
    const vault = newVault();
    await count(vault, [write('early.log', minutes(0, 100)), write('late.log', minutes(150, 300))], 'add', 'server 1');
    const path = write('between.log', minutes(50, 200));
    const [rest] = await count(vault, [path], 'add', 'server 2');
    assert.deepEqual([rest?.status, rest?.candidates, rest?.counted, rest?.known], ['counted', 150, 50, 100]);
    assert.deepEqual([...hitsByRepo(vault)], [['r', 300]]);
    assert.deepEqual(vault.verify(), []);
    assert.equal((await count(vault, [path], 'add', 'server 3'))[0]?.status, 'already-counted');
  });

  test('G4: --replace takes out only what it puts back, and says what it took', async () => {
    const vault = newVault();
    const whole = write('whole-day.log', minutes(0, 600));
    await count(vault, [whole]);
    const part = write('two-hours.log', minutes(120, 150) + minutes(150, 240, 'other'));
    const [rest] = await count(vault, [part], 'replace');
    assert.deepEqual([rest?.status, rest?.counted, rest?.known, rest?.replaced], ['counted', 90, 30, []]);
    assert.deepEqual(
      [...hitsByRepo(vault)],
      [
        ['other', 90],
        ['r', 600],
      ],
    );
    const half = write('half-a-day.log', minutes(0, 400));
    assert.equal((await count(vault, [half], 'replace'))[0]?.status, 'refused', 'it would lose the other hours');
    const better = write('better-day.log', minutes(0, 599) + minutes(599, 600, 'better'));
    const [replaced] = await count(vault, [better], 'replace');
    assert.deepEqual(replaced?.replaced, [{ log: whole, candidates: 600, counted: 600 }]);
    assert.deepEqual(
      [...hitsByRepo(vault)],
      [
        ['better', 1],
        ['other', 90],
        ['r', 599],
      ],
    );
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

  test('C3 G4: an equal line that comes later is another line, hashed or not', async () => {
    for (const lines of [1, 3, 14, 40]) {
      const vault = newVault();
      const path = write(`twin-${lines}.log`, minutes(0, lines));
      await count(vault, [path]);
      write(`twin-${lines}.log`, minutes(0, lines) + minutes(0, 1));
      const [grown] = await count(vault, [path]);
      assert.deepEqual([grown?.status, grown?.counted], ['continued', 1], `${lines} lines`);
      assert.deepEqual([...hitsByRepo(vault)], [['r', lines + 1]]);
      assert.deepEqual(vault.verify(), []);
    }
  });

  test('G2 A12: the same log of another source is counted once', async () => {
    const vault = newVault();
    const path = write('same.log', minutes(0, 60));
    await count(vault, [path], 'add', 'server 1');
    assert.equal((await count(vault, [path], 'add', 'server 2'))[0]?.status, 'already-counted');
  });

  test('G4 A12: an older, shorter copy is known under any source', async () => {
    const vault = newVault();
    await count(vault, [write('long.log', minutes(0, 200))], 'add', 'server 1');
    const path = write('backup.log', minutes(0, 120));
    const [known] = await count(vault, [path], 'add', 'server 2');
    assert.equal(known?.status, 'already-counted');
    assert.match(known?.reason ?? '', /long\.log/);
    assert.deepEqual([...hitsByRepo(vault)], [['r', 200]]);
    assert.deepEqual(vault.verify(), []);
  });

  test('G4: in one run, whichever copy comes first, nothing is counted twice', async () => {
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
      ['counted', 'already-counted'],
    );
    for (const vault of [first, second]) assert.deepEqual([...hitsByRepo(vault)], [['r', 200]]);
  });

  test('G3 T3: a log whose first line is in the future today is continued when that day has come', async () => {
    const vault = newVault();
    const future = (at: number) => {
      const text = checkIn({ time: MONDAY + 3 * 86_400, repo: 'r' }) + minutes(0, at);
      return write('future.log', text);
    };
    const countAt = (path: string, now: number) => countOtherwise(vault, path, {}, now);
    const first = await countAt(future(100), MONDAY + 86_400);
    assert.deepEqual([first.status, first.counted, first.rejected], ['counted', 100, { 'time-range': 1 }]);
    const later = await countAt(future(150), MONDAY + 6 * 86_400);
    assert.deepEqual([later.status, later.counted], ['continued', 50]);
  });

  test('G3: logs of two servers that begin in the same hour are read once each', async (context) => {
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

/** Takes away from a vault what older versions did not keep. */
function asOlderVault(path: string, spans: [from: number, until: number][]): void {
  const database = openDatabase(path, 'write');
  database.exec('DELETE FROM counted_hour; DELETE FROM log_reading');
  for (const [i, [from, until]] of spans.entries()) {
    const log = readLog(database, (i + 1) as LogId);
    const minute = (at: number) => (MONDAY / 60 + at) as EpochMinute;
    writeLog(database, { ...log, span: { from: minute(from), until: minute(until) } });
  }
  database.close();
}

describe('a vault of a version without marks (G5)', () => {
  test('G5 V3: its logs are continued and known as before, and claim their hours; recount gives them marks', async () => {
    const path = join(folder, 'older.sqlite');
    const whole = write('older.log', minutes(0, 150));
    const first = Vault.open(path, 'write', randomBytes);
    await count(first, [whole], 'add', 'server');
    first.close();
    asOlderVault(path, [[0, 149]]);
    const vault = Vault.open(path, 'write', randomBytes);
    assert.equal((await count(vault, [whole], 'add', 'elsewhere'))[0]?.status, 'already-counted');
    const part = write('a-part.log', minutes(60, 90));
    const [refused] = await count(vault, [part], 'add', 'server');
    assert.equal(refused?.status, 'refused');
    assert.match(refused?.reason ?? '', /by an older Rollcall.*older\.log.*--replace/s);
    write('older.log', minutes(0, 200));
    assert.equal((await count(vault, [whole], 'add', 'server'))[0]?.status, 'continued');
    assert.deepEqual(vault.verify(), []);
    assert.equal((await count(vault, [whole], 'recount', 'server'))[0]?.status, 'counted');
    assert.equal((await count(vault, [part], 'add', 'server'))[0]?.status, 'already-counted');
    assert.deepEqual([...hitsByRepo(vault)], [['r', 200]]);
    assert.deepEqual(vault.verify(), []);
    vault.close();
  });
});

describe('a log of which nothing counts (I3)', () => {
  test('I3 H1: it is refused with its reasons, its hours are seen, and other rules count it later', async () => {
    const vault = newVault();
    const path = write('agents.log', minutes(0, 90).replaceAll('"libdnf (', '"mydnf ('));
    const [refused] = await count(vault, [path]);
    assert.equal(refused?.status, 'refused');
    assert.deepEqual(refused?.rejected, { agent: 90 });
    assert.match(refused?.reason ?? '', /none of its 90 check-ins counts.*--agent/s);
    assert.deepEqual(vault.rejections(), []);
    assert.equal(
      vault.logHours()[0]?.seen.some((byte) => byte !== 0),
      true,
    );
    const counted = await countOtherwise(vault, path, { agent: ['mydnf'] }, LATER);
    assert.deepEqual([counted.status, counted.counted], ['counted', 90]);
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
  const sequences = process.env['CI'] === undefined ? 100 : 300;
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
