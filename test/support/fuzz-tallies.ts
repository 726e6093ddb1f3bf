import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { COMBINED } from '../../src/flow/requests/format.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import { LineRecorder } from '../../src/flow/tallies/line-list.ts';
import { PrefixDigests } from '../../src/flow/tallies/log-identity.ts';
import { PLAIN_NAMES } from '../../src/flow/tallies/naming.ts';
import { readTally } from '../../src/flow/tallies/read-tally.ts';
import { ReferenceTally } from '../../src/flow/tallies/reference-tally.ts';
import { packTravelling } from '../../src/flow/tallies/tally-file.ts';
import { open, seal, type TallyKey } from '../../src/flow/tallies/tally-key.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import type { Random } from './random.ts';
import { RULES } from './readers.ts';
import { serverLines } from './recut.ts';
import { smallCountryTable } from './tables.ts';
import { MONDAY, WEEK } from './vault-logs.ts';

const KEY: TallyKey = { week: WEEK, key: Buffer.alloc(32, 3) };
const SALT = Buffer.alloc(16, 4);
const LENGTH_BYTES = 4;

/** A tally by the plain reader, without a thread. */
function tallyOfLines(random: Random): Buffer {
  const lines = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 30 });
  const text = lines
    .map((line, place) => (place % 9 === 0 ? line.text.replace('" 200 ', '" 404 ') : line.text))
    .join('');
  const recorder = new LineRecorder();
  const digests = new PrefixDigests(1000);
  const hash = createHash('sha256');
  const candidate = (bytes: Buffer) => {
    const line = Buffer.concat([bytes, Buffer.from('\n')]);
    digests.update(line);
    hash.update(line);
  };
  const reader = new ReferenceTally(
    COMBINED,
    smallCountryTable(),
    RULES,
    { candidate, counted: () => {} },
    [],
    recorder,
  );
  const log = Buffer.from(text, 'latin1');
  reader.space().set(log);
  reader.filled(log.length);
  const tally = reader.finish();
  const sha256 = hash.digest('hex');
  const facts = { name: 'access.log', source: 'mirror', format: 'combined', sha256, front: undefined };
  const columns = { tally, digests: digests.all(), lines: recorder.columns(tally) };
  return packTravelling({ ...facts, ...columns }, KEY, SALT).bytes;
}

type Change = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Its head or its columns changed, and packed again. */
function changed(packed: Uint8Array, change: Change, random: Random): Buffer {
  const bytes = inflateRawSync(packed);
  const headEnd = LENGTH_BYTES + bytes.readUInt32LE();
  const [head, columns] = [bytes.subarray(LENGTH_BYTES, headEnd), bytes.subarray(headEnd)];
  const isHead = random.chance(0.5);
  const newHead = isHead ? change(head, random) : head;
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(newHead.length);
  return deflateRawSync(Buffer.concat([length, newHead, isHead ? columns : oneNumberChanged(columns, random)]));
}

/** What is of another size is found at once. */
function oneNumberChanged(columns: Uint8Array, random: Random): Buffer {
  const result = Buffer.from(columns);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(result.length);
    result[at] = random.chance(0.5) ? result[at]! ^ (1 << random.below(8)) : random.below(256);
  }
  return result;
}

/** A tally that somebody has changed who knows its form and its key: its checksum is right, whatever it holds. */
function forged(tally: Buffer, change: Change, random: Random): Buffer {
  const body = tally.subarray(tally.indexOf('\n') + 1);
  const openEnd = LENGTH_BYTES + body.readUInt32LE();
  const [inTheOpen, sealed] = [body.subarray(LENGTH_BYTES, openEnd), body.subarray(openEnd)];
  const opened = open(KEY, sealed, inTheOpen);
  assert.ok(opened.kind === 'open');
  const isOpenChanged = random.chance(0.5);
  const newOpen = isOpenChanged ? changed(inTheOpen, change, random) : inTheOpen;
  const newSealed = isOpenChanged ? opened.plain : changed(opened.plain, change, random);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(newOpen.length);
  const newBody = Buffer.concat([length, newOpen, seal(KEY, newSealed, newOpen, SALT)]);
  return Buffer.concat([
    Buffer.from(`rollcall-tally 1 ${createHash('sha256').update(newBody).digest('hex')}\n`),
    newBody,
  ]);
}

/** Tallies of any content: refused, or counted into a vault that is sound. */
export function tallyRound(change: Change): (random: Random) => void {
  const made = new Map<number, Buffer>();
  return (random) => {
    const seed = random.below(4);
    const tally = made.get(seed) ?? tallyOfLines(random);
    made.set(seed, tally);
    const bytes = random.chance(0.1) ? change(tally, random) : forged(tally, change, random);
    const key = random.chance(0.8) ? KEY : { ...KEY, week: (WEEK + 1) as Week };
    const known = random.chance(0.3);
    const {
      log,
      tally: sums,
      sha256,
      isFixed,
    } = readTally(bytes, {
      statesAt: () => (known ? [{ candidates: 20, sha256: '0'.repeat(64) }] : []),
      whole: false,
      known: [],
      latest: RULES.latest,
      key,
    });
    const vault = Vault.open(':memory:', 'write', randomBytes);
    try {
      vault.record(
        [
          {
            name: log.name,
            source: log.source,
            origin: 'log',
            format: log.format,
            isMarked: true,
            sha256,
            front: log.front,
            candidates: sums.candidates,
            tally: sums,
            whole: false,
            begins: undefined,
            isFixed,
            leftOut: [],
            knownStates: [],
            mode: 'add',
          },
        ],
        PLAIN_NAMES,
      );
      assert.deepEqual(vault.verify(), []);
    } finally {
      vault.close();
    }
  };
}
