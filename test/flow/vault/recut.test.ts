import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { KnownLines } from '../../../src/flow/tallies/known-lines.ts';
import type { Outcome } from '../../../src/flow/vault/record.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { logTime } from '../../support/log-lines.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { RULES, readWithKernel } from '../../support/readers.ts';
import { type Piece, recutLogs, type Sizes, serverLines } from '../../support/recut.ts';
import { MONDAY } from '../../support/vault-logs.ts';

function countPiece(vault: Vault, { lines, story }: Piece, source: string, rules = RULES): Outcome {
  const log = Buffer.from(lines.map(({ text }) => text).join(''), 'latin1');
  const offer = (known: KnownLines) => {
    const { tally, sha256 } = readWithKernel(log, undefined, rules, known);
    return vault.record([
      {
        name: story,
        source,
        origin: 'log',
        format: 'combined',
        isMarked: true,
        sha256,
        front: undefined,
        candidates: tally.candidates,
        tally,
        whole: false,
        begins: undefined,
        leftOut: known,
        knownStates: vault.statesAt(tally.firstHour),
        mode: 'add',
      },
    ])[0]!;
  };
  let outcome = offer([]);
  for (let tries = 0; outcome.status === 'read-again' && tries < 3; tries++) outcome = offer(outcome.known);
  return outcome;
}

function describe(outcome: Outcome): string {
  switch (outcome.status) {
    case 'counted':
      return `${outcome.counted} counted, ${outcome.known} known, ${outcome.replaced.length} logs replaced`;
    case 'refused':
      return outcome.reason;
    case 'already-counted':
      return `already counted as ${outcome.as}`;
    default:
      return outcome.status;
  }
}

/** With how many rounds in CI: larger logs take longer. */
const KINDS: [name: string, sizes: Sizes, rounds: number][] = [
  ['small logs', { servers: 2, days: 2, linesADay: 60 }, 1000],
  ['tiny logs', { servers: 3, days: 1, linesADay: 8 }, 1000],
  ['logs of a busy day', { servers: 2, days: 1, linesADay: 2000 }, 60],
  ['logs of a week of three servers', { servers: 3, days: 7, linesADay: 150 }, 200],
  ['logs with more marks an hour than the kernel holds', { servers: 1, days: 1, linesADay: 80_000 }, 3],
];
const seed = testSeed();
const isCi = process.env['CI'] !== undefined;

for (const [name, sizes, roundsInCi] of KINDS) {
  const rounds = isCi ? roundsInCi : Math.min(roundsInCi, 20);
  test(`U3 G2 G4 A19 A20: ${rounds} rounds of ${name}, re-cut and in any order, come to the true count (seed ${seed})`, (context) => {
    let refused = 0;
    const counts = { pieces: 0, known: 0, part: 0, replaced: 0 };
    for (let round = 0; round < rounds; round++) {
      const random = seededRandom(seed + round);
      const pieces = recutLogs(random, MONDAY, sizes);
      const vault = Vault.open(':memory:', 'write', randomBytes);
      const told: string[] = [];
      let isRefused = false;
      for (const piece of pieces) {
        const outcome = countPiece(vault, piece, random.pick(['a', 'b', 'c']));
        told.push(`${piece.story} ${piece.lines.length}: ${describe(outcome)}`);
        counts.pieces++;
        if (outcome.status === 'already-counted') counts.known++;
        if (outcome.status === 'counted' && outcome.known > 0) counts.part++;
        if (outcome.status === 'counted') counts.replaced += outcome.replaced.length;
        if (outcome.status === 'refused') {
          isRefused = true;
          assert.match(outcome.reason, /counted with/);
        }
      }
      const truth = new Set(pieces.flatMap(({ lines }) => lines)).size;
      const counted = vault.weeks().reduce((sum, { hits }) => sum + hits, 0);
      const story = `seed ${seed + round}: ${told.join('; ')}`;
      if (isRefused) {
        refused++;
        assert.ok(counted <= truth, story);
      } else assert.equal(counted, truth, story);
      assert.deepEqual(vault.verify(), [], story);
      vault.close();
    }
    context.diagnostic(`${refused} of ${rounds} rounds with a refusal; ${JSON.stringify(counts)}`);
    assert.ok(refused * 100 <= rounds, `${refused} of ${rounds} rounds ended in a refusal`);
  });
}

/** Of a log with too many lines a sample is kept, which cannot tell which lines of an hour are known. */
const FEW_MARKS = { ...RULES, limits: { ...RULES.limits, marks: 2400 } };

test(`G4 I1: logs of which only a sample is kept are counted or refused, re-cut and in any order (seed ${seed})`, (context) => {
  let refused = 0;
  let inDoubt = 0;
  const rounds = isCi ? 40 : 20;
  for (let round = 0; round < rounds; round++) {
    const random = seededRandom(seed + round);
    const pieces = recutLogs(random, MONDAY, { servers: 2, days: 1, linesADay: 8000 });
    const vault = Vault.open(':memory:', 'write', randomBytes);
    const told: string[] = [];
    for (const piece of pieces) {
      const outcome = countPiece(vault, piece, random.pick(['a', 'b', 'c']), FEW_MARKS);
      told.push(`${piece.story} ${piece.lines.length}: ${describe(outcome)}`);
      if (outcome.status === 'refused') assert.match(outcome.reason, /counted with/);
    }
    const truth = new Set(pieces.flatMap(({ lines }) => lines)).size;
    const counted = vault.weeks().reduce((sum, { hits }) => sum + hits, 0);
    const story = `seed ${seed + round}: ${told.join('; ')}`;
    if (told.some((each) => each.includes('counted with'))) refused++;
    else assert.ok(Math.abs(counted - truth) * 100 <= truth, `${counted} of ${truth}, ${story}`);
    assert.ok(counted * 100 <= truth * 101, story);
    if (counted !== truth) inDoubt++;
    assert.deepEqual(vault.verify(), [], story);
    vault.close();
  }
  context.diagnostic(`${refused} of ${rounds} rounds with a refusal, ${inDoubt} with another count than the truth`);
});

/** Lines in the order of time, as one server wrote them. */
function logOf(lines: Piece['lines'], story: string): Piece {
  return { lines: [...lines].sort((a, b) => a.time - b.time), story };
}

test(`G4 I1: what a stranger sends to two servers at once stops neither log, busy or not (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (const linesADay of [200, 40_000]) {
    const [here, there] = [0, 1].map(() => serverLines(random, MONDAY, { servers: 1, days: 1, linesADay }));
    const forged = serverLines(random, MONDAY + 6 * 3600, { servers: 1, days: 1, linesADay: 20_000 }).map((line) => ({
      ...line,
      text: line.text.replace(/^\S+/, '198.51.99.7'),
    }));
    const vault = Vault.open(':memory:', 'write', randomBytes);
    const first = countPiece(vault, logOf([...here!, ...forged], 'one'), 'a');
    const second = countPiece(vault, logOf([...there!, ...forged.map((line) => ({ ...line }))], 'two'), 'b');
    assert.equal(first.status, 'counted');
    assert.equal(second.status, 'counted', describe(second));
    const { counted, known } = second as Extract<Outcome, { status: 'counted' }>;
    assert.equal(counted + known, there!.length + forged.length);
    assert.ok(counted >= there!.length, 'no honest check-in is taken for known');
    assert.deepEqual(vault.verify(), []);
  }
});

for (const [what, host] of [
  ['no addresses', '-'],
  ["a proxy's address", '151.101.1.7'],
] as const) {
  test(`G4: logs of two servers with ${what} in them are both counted, and copies of them are known (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const hidden = (server: string) => {
      const lines = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 6000 });
      return logOf(
        lines.map((line) => ({ ...line, text: line.text.replace(/^\S+/, host) })),
        server,
      );
    };
    const [one, two] = [hidden('one'), hidden('two')];
    const vault = Vault.open(':memory:', 'write', randomBytes);
    assert.equal(describe(countPiece(vault, one, 'a')), `${one.lines.length} counted, 0 known, 0 logs replaced`);
    assert.equal(describe(countPiece(vault, two, 'b')), `${two.lines.length} counted, 0 known, 0 logs replaced`);
    const half = { lines: two.lines.slice(0, 3000), story: 'half' };
    assert.equal(countPiece(vault, half, 'c').status, 'already-counted');
    assert.deepEqual(vault.verify(), []);
  });
}

test(`G3 G4 I1: a log that was first seen with a few lines of a busy hour is counted once (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (const few of [1, 5, 14]) {
    const lines = Array.from({ length: 3 }, () =>
      serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 40_000 }),
    );
    const { lines: all } = logOf(
      lines.flat().filter(({ time }) => time < MONDAY + 11 * 3600),
      'access.log',
    );
    const vault = Vault.open(':memory:', 'write', randomBytes);
    const busy = all.slice(all.findIndex(({ time }) => time >= MONDAY + 9 * 3600));
    countPiece(vault, { lines: busy.slice(0, few), story: 'access.log' }, 'a');
    countPiece(vault, { lines: busy, story: 'access.log' }, 'a');
    assert.equal(
      vault.weeks().reduce((sum, { hits }) => sum + hits, 0),
      busy.length,
      `${few} lines`,
    );
    assert.deepEqual(vault.verify(), []);
  }
});

test(`G4 A20: one line that a rotation wrote to both logs is counted once, whatever else was asked in its second (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const lines = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 40_000 });
  for (let round = 0; round < 40; round++) {
    const from = random.below(lines.length - 2000);
    const some = lines.slice(from, from + 2000);
    let at = 500 + random.below(1000);
    // Not between equal lines.
    while (some[at]!.text === some[at - 1]!.text || some[at]!.text === some[at + 1]!.text) at++;
    const vault = Vault.open(':memory:', 'write', randomBytes);
    const story = `seed ${seed}, round ${round}`;
    assert.equal(
      countPiece(vault, { lines: some.slice(0, at + 1), story: 'access.log.1' }, 'a').status,
      'counted',
      story,
    );
    const second = countPiece(vault, { lines: some.slice(at), story: 'access.log' }, 'a');
    assert.equal(describe(second), `${some.length - at - 1} counted, 1 known, 0 logs replaced`, story);
    vault.close();
  }
});

test(`G4 A20: one line that a rotation wrote to both logs is counted once where it falls into a crowded second (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const day = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 30_000 });
  const middle = MONDAY + 12 * 3600 + 1800;
  const crowd = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 20 }).map(({ text }) => ({
    time: middle,
    text: text.replace(/\[[^\]]*\]/, `[${logTime(middle * 1000)}]`),
  }));
  const single = [...new Map(crowd.map((line) => [line.text, line])).values()];
  const before = day.filter(({ time }) => time < middle && time >= middle - 3600);
  const after = day.filter(({ time }) => time > middle && time < middle + 3600);
  for (const at of single.keys()) {
    const vault = Vault.open(':memory:', 'write', randomBytes);
    countPiece(vault, { lines: [...before, ...single.slice(0, at + 1)], story: 'access.log.1' }, 'a');
    const second = countPiece(vault, { lines: [...single.slice(at), ...after], story: 'access.log' }, 'a');
    const fresh = single.length - at - 1 + after.length;
    assert.equal(describe(second), `${fresh} counted, 1 known, 0 logs replaced`, `seed ${seed}, cut ${at}`);
    vault.close();
  }
});

test(`G2 G4: hundreds of logs of one line each are known again in the log that they are merged to (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const [whole, cut] = [150, 40].map((linesADay) => serverLines(random, MONDAY, { servers: 1, days: 10, linesADay }));
  const vault = Vault.open(':memory:', 'write', randomBytes);
  countPiece(vault, logOf(whole!, 'whole'), 'a');
  for (const [text, lines] of Map.groupBy(cut!, (line) => line.text)) countPiece(vault, { lines, story: text }, 'b');
  assert.equal(countPiece(vault, logOf([...whole!, ...cut!], 'merged'), 'c').status, 'already-counted');
  const fresh = serverLines(random, MONDAY, { servers: 1, days: 10, linesADay: 40 });
  const merged = countPiece(vault, logOf([...whole!, ...cut!, ...fresh], 'merged with another'), 'd');
  assert.equal(describe(merged), `${fresh.length} counted, ${whole!.length + cut!.length} known, 0 logs replaced`);
  vault.close();
});
