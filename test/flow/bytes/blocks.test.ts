import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { allTurns, pourBlocks, type Turns } from '../../../src/flow/bytes/blocks.ts';
import { LogFault } from '../../../src/flow/bytes/log-fault.ts';
import { openShared } from '../../../src/flow/bytes/pour.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** What each reader got of each block. */
type Parts = Map<number, string>;

/** Readers that take turns at a file, in an order of chance. */
function pourTogether(path: string, blockBytes: number, readers: number, random: Random): Parts {
  const parts: Parts = new Map();
  let next = 0;
  const spaces = Array.from({ length: readers }, () => Buffer.alloc(1 + random.below(300)));
  const fd = openSync(path, 'r');
  try {
    const { size } = statSync(path);
    // One after the other here: a turn is over before the next reader goes on, as each block stands alone.
    for (let reader = 0; next * blockBytes < size || reader < readers; reader++) {
      const space = spaces[reader % readers]!;
      let block = 0;
      let taken = false;
      const turns: Turns = {
        take: () => {
          if (taken) return Number.POSITIVE_INFINITY;
          taken = true;
          block = next++;
          parts.set(block, '');
          return block;
        },
        done: (done) => assert.equal(done, block),
      };
      const filled = (bytes: number) => {
        parts.set(block, parts.get(block)! + space.toString('latin1', 0, bytes));
      };
      pourBlocks({ fd, size }, turns, { space: () => space, filled }, () => {}, blockBytes);
    }
  } finally {
    closeSync(fd);
  }
  return parts;
}

function fileWith(context: Pick<TestContext, 'after'>, content: string): string {
  const path = join(temporaryFolder(context), 'access.log');
  writeFileSync(path, content, 'latin1');
  return path;
}

const seed = testSeed();

test(`C4 the blocks of a file hold each of its bytes once, in order, and whole lines (seed ${seed})`, (context) => {
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const lengths = Array.from({ length: random.below(40) }, () => random.pick([0, 1, 2, 30, 63, 64, 65, 128, 700]));
    const text = lengths.map((length) => 'x'.repeat(length)).join('\n') + (random.chance(0.5) ? '\n' : '');
    const path = fileWith(context, text);
    const parts = pourTogether(path, random.pick([1, 2, 7, 64, 100, 1_000]), 1 + random.below(3), random);
    const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    assert.equal(inOrder.join(''), text, `round ${round}`);
    const endsInside = inOrder.filter((part) => part !== '' && !part.endsWith('\n'));
    assert.ok(endsInside.length <= 1 && (endsInside.length === 0 || text.endsWith(endsInside[0]!)), `round ${round}`);
  }
});

test('a line longer than many blocks belongs to the block that it begins in', (context) => {
  const path = fileWith(context, `a\n${'b'.repeat(100_000)}\nc\n`);
  const parts = pourTogether(path, 1_000, 1, seededRandom(1));
  assert.equal(parts.get(0)!.length, 100_003);
  assert.equal([...parts.values()].filter((part) => part !== '').length, 2);
});

test('A04 what comes behind the size of a file is left for the next time', (context) => {
  const path = fileWith(context, 'one\ntwo\nthree\n');
  const pieces: string[] = [];
  const space = Buffer.alloc(64);
  const fd = openSync(path, 'r');
  const filled = (bytes: number) => void pieces.push(space.toString('latin1', 0, bytes));
  pourBlocks({ fd, size: 6 }, allTurns(), { space: () => space, filled }, () => {});
  closeSync(fd);
  assert.equal(pieces.join(''), 'one\ntw');
});

test('A08 a file that becomes shorter is a fault of every reader', (context) => {
  const path = fileWith(context, 'line\n'.repeat(10_000));
  const fd = openSync(path, 'r');
  const space = Buffer.alloc(5_000);
  const sink = { space: () => space, filled: () => truncateSync(path, 7_000) };
  assert.throws(
    () => pourBlocks({ fd, size: 50_000 }, allTurns(), sink, () => {}, 1_000),
    (error) => error instanceof LogFault && /became shorter.*50,000 bytes and now has 7,000/.test(error.message),
  );
  closeSync(fd);
});

test('A15 who finds another file under the name takes no part', (context) => {
  const path = fileWith(context, 'line\n');
  const { dev, ino } = statSync(path, { bigint: true });
  const file = openShared(path, { id: `${dev} ${ino}`, size: 5 });
  assert.equal(file?.size, 5);
  closeSync(file.fd);
  assert.equal(openShared(path, { id: `${dev} ${ino + 1n}`, size: 5 }), undefined);
  assert.equal(openShared(`${path}.gone`, { id: `${dev} ${ino}`, size: 5 }), undefined);
});
