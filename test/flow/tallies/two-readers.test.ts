import assert from 'node:assert/strict';
import fs, { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { writeCorpus } from '../../../src/fleet/bench-corpus.ts';
import type { KnownState } from '../../../src/flow/tallies/log-identity.ts';
import { LogReaders } from '../../../src/flow/tallies/log-readers.ts';
import { type Naming, NO_NAMES, PLAIN_NAMES } from '../../../src/flow/tallies/naming.ts';
import { LIMITS, type TallyLimits } from '../../../src/flow/tallies/numbering.ts';
import { logLine } from '../../support/log-lines.ts';
import { comparable, RULES } from '../../support/readers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SIZE = 40 * 2 ** 20;
const temporaryPath = temporaryFolder();
const path = join(temporaryPath, 'large.log');
let size = 0;

before(async () => {
  await writeCorpus({ path, bytes: SIZE, countmeShare: 0.1, seed: 5, diversity: 'high' });
  size = statSync(path).size;
});

async function readBy(
  most: number,
  limits: TallyLimits = LIMITS,
  onFirst: () => void = () => {},
  known: KnownState[] = [],
) {
  const naming: Naming = { kept: NO_NAMES, others: 'stop' };
  const readers = new LogReaders({ rules: { ...RULES, limits, naming }, format: undefined, geoFile: undefined });
  readers.growTo(most, [SIZE]);
  let readings = 0;
  try {
    const statesAt = () => {
      readings++;
      onFirst();
      return known;
    };
    const options = { statesAt, whole: false, keptNames: async () => PLAIN_NAMES, onProgress: () => {} };
    const result = await readers.read({ kind: 'file', path }, options);
    return { result, readings };
  } finally {
    await readers.close();
  }
}

/** Lets this thread's modules see what is mocked of `fs` until the test ends; the workers have modules of their own. */
function showMocks(context: TestContext): void {
  syncBuiltinESMExports();
  context.after(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('C4 G1 a large log that two readers share gives the same tally and identity as one alone', async () => {
  const alone = await readBy(1);
  const shared = await readBy(2);
  assert.deepEqual([alone.readings, shared.readings], [1, 1]);
  assert.ok(alone.result.tally.counted > 10_000);
  assert.deepEqual(comparable(shared.result), comparable(alone.result));
  assert.deepEqual(shared.result.tally.hoursSeen, alone.result.tally.hoursSeen);
  assert.equal(shared.result.front, alone.result.front);
  assert.deepEqual(shared.result.poured, alone.result.poured);
});

test('G3 H1 a shared log that continues a known one gives the same as by one alone', async () => {
  const whole = readFileSync(path);
  for (const share of [0.02, 0.3, 0.7]) {
    truncateSync(path, whole.lastIndexOf(10, size * share) + 1);
    const { result } = await readBy(1);
    writeFileSync(path, whole);
    const state = { candidates: result.tally.candidates, sha256: result.sha256 };
    const alone = await readBy(1, LIMITS, () => {}, [state]);
    const shared = await readBy(2, LIMITS, () => {}, [state]);
    assert.deepEqual(shared.result.begins, state);
    assert.ok(shared.result.tally.counted > 1000, 'there is something to share');
    assert.deepEqual(comparable(shared.result), comparable(alone.result));
    assert.deepEqual(shared.result.tally.hoursSeen, alone.result.tally.hoursSeen);
  }
});

test('A08 a log that grows between the two threads that open it is counted whole', async (context) => {
  const stat = fs.fstatSync;
  let calls = 0;
  const earlier = (fd: number) => {
    const stats = stat(fd);
    if (++calls === 1) stats.size -= 3_000_000;
    return stats;
  };
  context.mock.method(fs, 'fstatSync', earlier);
  showMocks(context);
  const shared = await readBy(2);
  assert.ok(calls > 1, 'this thread opens it');
  const alone = await readBy(1);
  assert.deepEqual(comparable(shared.result), comparable(alone.result));
  assert.deepEqual(shared.result.tally.hoursSeen, alone.result.tally.hoursSeen);
});

const TAILS: readonly [what: string, tail: string][] = [
  ['a check-in without its line feed', `${logLine()}`],
  ['half a line', logLine().slice(0, 90)],
  ['one byte', '1'],
  ['a carriage return', '\r'],
  ['a line of 60 kB', 'x'.repeat(60_000)],
  ['a line of 300 kB', `/mirrorlist?countme=1${'x'.repeat(300_000)}`],
];
for (const [what, tail] of TAILS) {
  test(`L2 C4 a shared log that ends with ${what} is read as by one alone`, async () => {
    appendFileSync(path, tail);
    const alone = await readBy(1);
    for (let round = 0; round < 5; round++) {
      const shared = await readBy(2);
      assert.deepEqual(comparable(shared.result), comparable(alone.result), `round ${round}`);
      assert.deepEqual(shared.result.poured, alone.result.poured);
    }
    truncateSync(path, size);
  });
}

test('E02 a read error of the helper is a fault of the log', async (context) => {
  const read = fs.readSync;
  let calls = 0;
  const failing = (...args: Parameters<typeof read>) => {
    if (++calls < 5) return read(...args);
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  };
  context.mock.method(fs, 'readSync', failing);
  showMocks(context);
  await assert.rejects(readBy(2), { name: 'LogFault' });
  assert.ok(calls >= 5, 'the helper reads');
});

test('E02 a log that this thread cannot look at again is read by the reader alone', async (context) => {
  const stat = fs.fstatSync;
  let calls = 0;
  const failing = (...args: [number]) => {
    // Found, known by its number, and opened to help.
    if (++calls < 3) return stat(...args);
    throw Object.assign(new Error('ESTALE: stale file handle, fstat'), { code: 'ESTALE' });
  };
  context.mock.method(fs, 'fstatSync', failing);
  showMocks(context);
  const shared = await readBy(2);
  assert.ok(calls >= 3, 'this thread opens it');
  assert.deepEqual(comparable(shared.result), comparable((await readBy(1)).result));
});

test('E08 a reader whose ledger failed reads nothing for the next log', async () => {
  const readers = new LogReaders({ rules: RULES, format: undefined, geoFile: undefined });
  const small = join(temporaryPath, 'small.log');
  writeFileSync(small, `${logLine()}\n`);
  const options = { whole: false, keptNames: async () => PLAIN_NAMES, onProgress: () => {} };
  const statesAt = () => {
    throw new Error('the ledger is gone');
  };
  const failed = readers.read({ kind: 'file', path }, { ...options, statesAt });
  const next = readers.read({ kind: 'file', path: small }, { ...options, statesAt: () => [] });
  await assert.rejects(failed, /the ledger is gone/);
  assert.equal((await next).tally.candidates, 1);
  await readers.close();
});

test('C5 a shared log that names too much is read again by one reader', async () => {
  const limits = { ...LIMITS, systems: 100 };
  const alone = await readBy(1, limits);
  const shared = await readBy(2, limits);
  assert.deepEqual([alone.readings, shared.readings], [2, 2]);
  assert.deepEqual(comparable(shared.result), comparable(alone.result));
});

test('A08 a shared log that is cut while it is read is damaged, and nobody waits for ever', async () => {
  // More than the helper reads before it is known that the log may be shared.
  appendFileSync(path, Buffer.alloc(3 * SIZE, `${logLine({ target: '/index.html' })}\n`));
  await assert.rejects(
    readBy(2, LIMITS, () => truncateSync(path, SIZE / 8)),
    { name: 'LogFault', status: 'damaged', message: /became shorter/ },
  );
});
