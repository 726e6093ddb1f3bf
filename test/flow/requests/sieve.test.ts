import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { newKernelMemory } from '../../../src/flow/requests/kernel.ts';
import { HOURS_SIEVED, LEFT_COUNT, SLOT_COUNT, SLOT_SIZE, SLOTS } from '../../../src/flow/requests/kernel-memory.ts';
import { MOST_LEFT, Sieve } from '../../../src/flow/requests/sieve.ts';
import { hoursAt } from '../../../src/flow/tallies/kernel-hours.ts';
import { KernelTally } from '../../../src/flow/tallies/kernel-tally.ts';
import { hostileLog } from '../../support/hostile-log.ts';
import { logLine, logOfLines } from '../../support/log-lines.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { comparable, RULES, readWithKernel, readWithReference } from '../../support/readers.ts';
import { smallCountryTable } from '../../support/tables.ts';

const sieve = new Sieve(newKernelMemory()!);

/** What is left of the block that was filled in; undefined if it must be read whole. */
function leftOfBlock(): Buffer | undefined {
  const lines = sieve.left();
  return lines && Buffer.from(new Uint8Array(sieve.memory.buffer, lines.from, lines.end - lines.from));
}

/** What is left of blocks that end where lines end; blocks of which nothing can be left are taken as they are. */
function sieved(log: Buffer, random: Random): { left: Buffer; whole: number } {
  const parts: Uint8Array[] = [];
  let whole = 0;
  sieve.start(RULES.latest);
  for (let at = 0; at < log.length; ) {
    const feed = log.indexOf('\n', at + random.below(30_000));
    const end = feed < 0 ? log.length : feed + 1;
    const block = log.subarray(at, end);
    sieve.startBlock(random.below(LEFT_COUNT));
    for (let from = 0; from < block.length; ) {
      const piece = block.subarray(from, from + 1 + random.below(random.chance(0.5) ? 100 : 20_000));
      sieve.space().set(piece);
      sieve.filled(piece.length);
      from += piece.length;
    }
    const left = leftOfBlock();
    if (left === undefined) whole++;
    parts.push(left ?? block);
    at = end;
  }
  return { left: Buffer.concat(parts), whole };
}

const seed = testSeed();

test(`L3 C6 what the sieve leaves of a log counts as the log does (seed ${seed})`, () => {
  const random = seededRandom(seed);
  let bytes = 0;
  let leftBytes = 0;
  for (let round = 0; round < 60; round++) {
    const log = hostileLog(random, 50 + random.below(500));
    const { left } = sieved(log, random);
    assert.deepEqual(comparable(readWithKernel(left)), comparable(readWithKernel(log)), `round ${round}`);
    bytes += log.length;
    leftBytes += left.length;
  }
  assert.ok(leftBytes < bytes, 'it leaves everything');
});

test('L4 of a line that is too long it leaves what shows that', () => {
  const target = (length: number) => `/mirrorlist?repo=baseos-9&arch=x86_64&countme=1&x=${'y'.repeat(length)}`;
  const long = [65_000, 65_400, 65_536, 66_000, 120_000].map((length) => logLine({ target: target(length) }));
  const late = logLine({ target: `/${'z'.repeat(70_000)}?countme=1` });
  for (const end of ['\n', '\r\n']) {
    const log = Buffer.from([logLine(), ...long, late, logLine()].map((line) => line + end).join(''), 'latin1');
    const { left, whole } = sieved(log, { ...seededRandom(1), below: (limit) => limit - 1, chance: () => false });
    assert.deepEqual(comparable(readWithKernel(left)), comparable(readWithKernel(log)));
    assert.ok(whole > 0 || left.length < log.length);
  }
});

test('a block of which too much is left is handed back', () => {
  sieve.start(RULES.latest);
  sieve.startBlock(1);
  const line = Buffer.from(`${logLine()}\n`);
  const lines = Math.ceil(MOST_LEFT / line.length) + 1;
  for (let i = 0; i < lines; i++) {
    sieve.space().set(line);
    sieve.filled(line.length);
  }
  assert.equal(leftOfBlock(), undefined);
  sieve.startBlock(1);
  sieve.space().set(line);
  sieve.filled(line.length);
  assert.deepEqual(leftOfBlock(), line, 'and the next block is sieved');
});

test('a line without its end is too much, too', () => {
  sieve.start(RULES.latest);
  sieve.startBlock(1);
  const line = Buffer.from(`${logLine()}\n`);
  for (let bytes = 0; bytes + line.length < MOST_LEFT - 10_000; bytes += line.length) {
    sieve.space().set(line);
    sieve.filled(line.length);
  }
  sieve.space().fill(120, 0, 60_000);
  sieve.filled(60_000);
  assert.equal(leftOfBlock(), undefined);
});

test('H1 it samples the times of lines that it does not leave', () => {
  sieve.start(RULES.latest);
  sieve.startBlock(1);
  const line = Buffer.from(`${logLine({ target: '/index.html', time: '15/Dec/2021:17:02:12 +0000' })}\n`);
  sieve.space().set(line);
  sieve.filled(line.length);
  assert.equal(leftOfBlock()!.length, 0);
  assert.deepEqual(hoursAt(sieve, HOURS_SIEVED), [Date.UTC(2021, 11, 15, 17) / 3_600_000]);
});

for (const [what, line] of [
  ['usual lines', logLine()],
  ['lines of ten bytes', 'countme='],
] as const) {
  test(`C6 G1 as many ${what} as may be left of a block are counted and hashed as they stand in the log`, () => {
    let slot = 0;
    const hash = createHash('sha256');
    const kernel: KernelTally = new KernelTally(smallCountryTable(), RULES, sieve.memory, {
      candidates: (told, ranges) => {
        const bytes = Buffer.from(sieve.memory.buffer);
        for (let i = 0; i < ranges.length; i += 2) {
          // The next slot may hold lines that were told and not hashed yet.
          assert.ok(ranges[i]! >= SLOTS + SLOT_COUNT * SLOT_SIZE || ranges[i + 1]! <= SLOTS + (told + 1) * SLOT_SIZE);
          hash.update(bytes.subarray(ranges[i], ranges[i + 1]));
        }
      },
      paused: () => 0,
      freeSlot: () => {
        slot = (slot + 1) % SLOT_COUNT;
        return slot;
      },
      awaitSlot: () => {},
    });
    // Nearly as many as are told together.
    const gathered = Buffer.from(`${logLine()}\nx\n`.repeat(1500));
    kernel.space().set(gathered);
    kernel.filled(gathered.length);
    const block = logOfLines(Array<string>(Math.floor(MOST_LEFT / (line.length + 2))).fill(line), '\r\n');
    sieve.start(RULES.latest);
    sieve.startBlock(0);
    for (let at = 0; at < block.length; at += sieve.space().length) {
      const piece = block.subarray(at, at + sieve.space().length);
      sieve.space().set(piece);
      sieve.filled(piece.length);
    }
    const left = sieve.left()!;
    kernel.takeLines(left.from, left.end);
    const reading = { tally: kernel.finish(), sha256: hash.digest('hex') };
    assert.deepEqual(comparable(reading), comparable(readWithReference(Buffer.concat([gathered, block]))));
  });
}
