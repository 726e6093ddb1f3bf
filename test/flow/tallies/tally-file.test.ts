import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LogFault } from '../../../src/flow/bytes/log-fault.ts';
import type { EpochSeconds, Week } from '../../../src/flow/sightings/week.ts';
import { readTally } from '../../../src/flow/tallies/read-tally.ts';
import { packTravelling, unpackTravelling } from '../../../src/flow/tallies/tally-file.ts';
import type { TallyKey } from '../../../src/flow/tallies/tally-key.ts';
import { hostileLog } from '../../support/hostile-log.ts';
import { newReaders } from '../../support/in-process.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { comparable, KEEP_PLAIN, readListed } from '../../support/readers.ts';
import { type Line, serverLines } from '../../support/recut.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tallyOf, writeIn } from '../../support/travelling.ts';
import { MONDAY, WEEK } from '../../support/vault-logs.ts';

const KEY: TallyKey = { week: WEEK, key: Buffer.alloc(32, 1) };
const seed = testSeed();
const readers = newReaders(1);
const folder = temporaryFolder();
after(() => readers.close());

const MARK_LINE = 'rollcall-tally 1 '.length + 65;

async function packed(lines: readonly Line[], key: TallyKey | undefined): Promise<Buffer> {
  const path = writeIn(folder, 'access.log', lines.map(({ text }) => text).join(''));
  return (await tallyOf(readers, path, { key, name: 'access.log', source: 'mirror' })).bytes;
}

function sealedAgain(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`rollcall-tally 1 ${createHash('sha256').update(body).digest('hex')}\n`), body]);
}

/** The open part, with another in its place. */
function withOpenPart(tally: Buffer, change: (json: string) => string): Buffer {
  const body = tally.subarray(MARK_LINE);
  const bytes = inflateRawSync(body.subarray(4, 4 + body.readUInt32LE()));
  const headEnd = 4 + bytes.readUInt32LE();
  const head = Buffer.from(change(bytes.toString('utf8', 4, headEnd)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const open = deflateRawSync(Buffer.concat([length, head, bytes.subarray(headEnd)]));
  const openLength = Buffer.alloc(4);
  openLength.writeUInt32LE(open.length);
  return sealedAgain(Buffer.concat([openLength, open]));
}

test(`P1 P6: nothing in the open part stands in the order of lines, and no part holds an address (seed ${seed})`, async () => {
  const lines = serverLines(seededRandom(seed), MONDAY, { servers: 1, days: 1, linesADay: 300 });
  const openOf = (tally: Buffer) => {
    const { sha256, tally: sums, ...rest } = unpackTravelling(tally, undefined);
    assert.ok(sha256);
    return { ...rest, tally: { ...sums, firstHour: undefined } };
  };
  const tally = await packed(lines, KEY);
  const backwards = await packed([...lines].reverse(), KEY);
  // Of the first second in one order, and of the first in the other, as many lines may be there.
  assert.deepEqual(openOf(tally), openOf(backwards));
  const body = tally.subarray(MARK_LINE);
  const open = inflateRawSync(body.subarray(4, 4 + body.readUInt32LE()));
  for (const { text } of lines) assert.equal(tally.includes(text.slice(0, text.indexOf(' '))), false);
  // Four bytes may be there by chance, but hardly those of so few.
  for (const { text } of lines.slice(0, 10)) {
    const bytes = Buffer.from(text.slice(0, text.indexOf(' ')).split('.').map(Number));
    assert.equal(open.includes(bytes) || open.includes(bytes.reverse()), false, text);
  }
});

test('P6: without a key nothing is sealed, and with one the open part is the same', async () => {
  const lines = serverLines(seededRandom(1), MONDAY, { servers: 1, days: 1, linesADay: 40 });
  const [sealed, open] = [await packed(lines, KEY), await packed(lines, undefined)];
  const openLength = open.subarray(MARK_LINE).readUInt32LE();
  assert.equal(open.length, MARK_LINE + 4 + openLength);
  assert.deepEqual(sealed.subarray(MARK_LINE, MARK_LINE + 4 + openLength), open.subarray(MARK_LINE));
  assert.equal(unpackTravelling(open, KEY).withheld, 'made-without-key');
  assert.equal(unpackTravelling(sealed, undefined).withheld, 'no-key');
  assert.equal(unpackTravelling(sealed, { ...KEY, week: (WEEK + 1) as Week }).withheld, 'past');
});

test('I4: a tally with one byte changed, cut off or added is damaged, and one of a newer form says so', async () => {
  const tally = await packed(serverLines(seededRandom(2), MONDAY, { servers: 1, days: 1, linesADay: 20 }), KEY);
  const isDamaged = (bytes: Buffer, what: string) =>
    assert.throws(
      () => unpackTravelling(bytes, KEY),
      (error: unknown) => error instanceof LogFault && /tally its log again/.test(error.message),
      what,
    );
  const random = seededRandom(seed);
  for (let round = 0; round < 60; round++) {
    const changed = Buffer.from(tally);
    const place = 'rollcall-tally 1 '.length + random.below(tally.length - 'rollcall-tally 1 '.length);
    changed[place]! ^= 1 << random.below(8);
    isDamaged(changed, `byte ${place}, seed ${seed}`);
  }
  for (const size of [20, MARK_LINE, MARK_LINE + 3, tally.length - 1])
    isDamaged(tally.subarray(0, size), `${size} bytes`);
  isDamaged(Buffer.concat([tally, Buffer.from('x')]), 'a byte more');
  const newer = Buffer.concat([Buffer.from('rollcall-tally 2 x\n'), tally]);
  assert.throws(() => unpackTravelling(newer, KEY), /newer Rollcall/);
});

test('I4 C2: a tally whose numbers cannot be true is refused, however well its checksum fits', async () => {
  const lines = serverLines(seededRandom(3), MONDAY, { servers: 1, days: 1, linesADay: 20 });
  const tally = await packed(lines, undefined);
  assert.equal(
    unpackTravelling(
      withOpenPart(tally, (json) => json),
      KEY,
    ).tally.counted,
    lines.length,
  );
  const changes: [string, (json: string) => string][] = [
    ['counted', (json) => json.replace(/"counted":\d+/, '"counted":7')],
    ['candidates', (json) => json.replace(/"candidates":\d+/, '"candidates":1000')],
    ['a name of control characters', (json) => json.replace('AlmaLinux', 'Alma\\u0000inux')],
    [
      'a system twice',
      (json) => json.replace('"systems":[', '"systems":[["libdnf","x","","",""],["libdnf","x","","",""],'),
    ],
    ['a reason that there is not', (json) => json.replace('"rejections":[', '"rejections":[["boredom",null,1],')],
    ['a key more', (json) => json.replace('"edges"', '"more":1,"edges"')],
    ['an age of 5', (json) => json.replace(/\[\[[1-4],"/, '[[5,"')],
    ['no countries', (json) => json.replace(/"countries":\[[^\]]*\]/, '"countries":[]')],
    ['a hash of a small log', (json) => json.replace(/"sha256":"[^"]*"/, '"sha256":null')],
    ['columns of other sizes', (json) => json.replace(/\["hits",(\d+)\]/, (_, size) => `["hits",${size - 1}]`)],
  ];
  for (const [what, change] of changes) {
    const changed = withOpenPart(tally, (json) => {
      const text = change(json);
      assert.notEqual(text, json, what);
      return text;
    });
    assert.throws(() => unpackTravelling(changed, KEY), /not as it was made/, what);
  }
});

test(`C6 I4: kernel and plain reader list the same lines, whatever the log holds (seed ${seed})`, () => {
  for (let round = 0; round < 25; round++) {
    const random = seededRandom(seed + round);
    const log = hostileLog(random, 80);
    const [byKernel, byPlain] = readListed(log, () => 1 + random.below(400)).map(({ sha256, tally, lines }) => {
      assert.ok(lines);
      const facts = { name: 'a', source: 'b', format: 'combined', front: undefined };
      const hash = tally.candidates >= 15 ? sha256 : undefined;
      const digests = new Uint8Array(Math.max(0, tally.candidates - 14) * 6);
      const { bytes } = packTravelling({ ...facts, sha256: hash, tally, digests, lines }, KEY, Buffer.alloc(16));
      const read = unpackTravelling(bytes, KEY);
      return { lines: read.lines, comparable: comparable({ sha256, tally: read.tally }) };
    });
    assert.deepEqual(byKernel, byPlain, `seed ${seed + round}`);
  }
});

test('I4 P6: a log of too many candidates to list them has its networks sealed all the same', async () => {
  const path = writeIn(
    folder,
    'large.log',
    serverLines(seededRandom(4), MONDAY, { servers: 1, days: 1, linesADay: 40 })
      .map(({ text }) => text)
      .join(''),
  );
  const read = await readers.read(
    { kind: 'file', path },
    { statesAt: () => [], whole: true, isListed: true, keptNames: KEEP_PLAIN, onProgress: () => {} },
  );
  const facts = { name: 'a', source: 'b', format: 'combined', sha256: read.sha256, front: undefined };
  const { bytes } = packTravelling(
    { ...facts, tally: read.tally, digests: read.digests, lines: undefined },
    KEY,
    Buffer.alloc(16),
  );
  const latest = (MONDAY + 86_400) as EpochSeconds;
  const found = readTally(bytes, { statesAt: () => [], whole: false, known: [], latest, key: KEY });
  assert.equal(found.isFixed, true);
  assert.equal(found.log.withheld, undefined);
  assert.ok(found.tally.networks.network.length > 0);
  assert.deepEqual(found.tally.marks.seconds, read.tally.marks.seconds);
});
