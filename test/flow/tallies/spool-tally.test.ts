import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogFault } from '../../../src/flow/bytes/log-fault.ts';
import type { EpochSeconds } from '../../../src/flow/sightings/week.ts';
import { logTime } from '../../support/log-lines.ts';
import { arrivalOf } from '../../support/nginx-log.ts';
import { outcomeOf } from '../../support/one-line.ts';
import { RULES } from '../../support/readers.ts';
import { withChecksums } from '../../support/spool-checksums.ts';
import { MemoryFolder, readSegment, startSpool } from '../../support/spool-in-memory.ts';

/** 2025-08-06 10:20 UTC. */
const TIME = Date.parse('2025-08-06T10:20:00Z') / 1000;
const BATCHES = 6;
const BATCH = 5;

const checkIn = (number: number) =>
  arrivalOf({
    address: `10.0.${number}.1`,
    time: TIME,
    method: 'GET',
    target: `/metalink?repo=r${number % 7}&arch=x86_64&countme=${number % 9 === 8 ? 9 : 1}`,
    agent: `libdnf (Älma ${number % 3}; generic; Linux.x86_64)`,
    status: 200,
  });

/** A segment of several batches, and how many bytes stand behind each. */
async function segment(): Promise<{ bytes: Buffer; ends: number[] }> {
  const folder = new MemoryFolder();
  const { spool } = startSpool(folder, TIME);
  const ends: number[] = [];
  for (let number = 0; number < BATCHES * BATCH; number++) {
    spool.arrive(checkIn(number));
    if (number % BATCH !== BATCH - 1) continue;
    await spool.flush();
    ends.push([...folder.files.values()][0]!.length);
  }
  return { bytes: [...folder.files.values()][0]!, ends };
}

test('E01 E10: a segment cut at any byte counts all batches before the cut, and nothing of the one that was cut', async () => {
  const { bytes, ends } = await segment();
  const known = new Map<number, string>();
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { tally, sha256 } = readSegment(bytes.subarray(0, cut));
    const batches = ends.filter((end) => end <= cut).length;
    assert.equal(tally.candidates, batches * BATCH, `cut at ${cut}`);
    assert.equal(tally.counted + tally.rejections.reduce((sum, { count }) => sum + count, 0), tally.candidates);
    assert.equal(known.get(batches) ?? sha256, sha256, 'the identity is of whole batches only');
    known.set(batches, sha256);
  }
  assert.equal(known.size, BATCHES + 1);
});

test('E10: after a power cut the end of a segment may be zeros or an old piece of the disk: only that end is dropped', async () => {
  const { bytes, ends } = await segment();
  const last = ends.at(-2)!;
  for (const filler of [Buffer.alloc(bytes.length - last), bytes.subarray(40, 40 + bytes.length - last)]) {
    const { tally } = readSegment(Buffer.concat([bytes.subarray(0, last), filler]));
    assert.equal(tally.candidates, (BATCHES - 1) * BATCH);
  }
});

test('E08: a changed bit is damage, or takes no more than the last batch with it: it never changes a number', async () => {
  const { bytes, ends } = await segment();
  for (let at = 'rollcall-spool '.length; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1 << (at % 8);
    let candidates: number | undefined;
    try {
      candidates = readSegment(changed).tally.candidates;
    } catch (error) {
      assert.ok(error instanceof LogFault, String(error));
    }
    if (candidates === undefined) continue;
    assert.ok(at >= ends.at(-2)!, `byte ${at} was changed and ${candidates} check-ins were counted`);
    assert.equal(candidates, (BATCHES - 1) * BATCH);
  }
});

test('C1 T3: an hour that the clock of a server made up is judged as in a log', async () => {
  const latest = (TIME - 7_200) as EpochSeconds;
  const folder = new MemoryFolder();
  const { spool } = startSpool(folder, TIME);
  const parts = [{ method: 'HEAD' }, { agent: 'curl/8' }, { status: 404 }, {}];
  for (const part of parts) spool.arrive({ ...checkIn(0), ...part });
  await spool.close();
  const { tally } = readSegment([...folder.files.values()][0]!, { ...RULES, latest });
  const time = logTime(TIME * 1000);
  const expected = parts.map((part) => {
    const { status, ...others } = { status: 200, ...part };
    return outcomeOf({ time, ...others, status: String(status) }, { ...RULES, latest });
  });
  const reasons = tally.rejections.flatMap(({ reason, week, count }) =>
    Array.from({ length: count }, () => `${reason} ${week}`),
  );
  assert.deepEqual(reasons.sort(), expected.map((reason) => `${reason} undefined`).sort());
  assert.deepEqual(tally.hoursSeen, []);
});

test('a segment of another version, or with a line that is no record, is refused and not guessed at', async () => {
  const { bytes } = await segment();
  const text = bytes.toString();
  assert.equal(readSegment(withChecksums(text)).tally.candidates, BATCHES * BATCH);
  for (const spoilt of [
    text.replace('spool 1', 'spool 2'),
    text.replace(/^c 0 0 /m, 'c 900 0 '),
    text.replace(/^s .*$/m, 's ["a"]'),
  ]) {
    assert.throws(() => readSegment(withChecksums(spoilt)), LogFault);
  }
});
