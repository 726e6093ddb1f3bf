import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startReaders } from '../../../src/commands/start-readers.ts';
import { type EpochSeconds, weekOf } from '../../../src/flow/sightings/week.ts';
import type { TallyKey } from '../../../src/flow/tallies/tally-key.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { newReaders } from '../../support/in-process.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { type Sizes, serverLines } from '../../support/recut.ts';
import { placeInMemory, temporaryFolder } from '../../support/temporary-folder.ts';
import { allOf, countFiles, keylessRound, mixtureRound, tallyOf, writeIn } from '../../support/travelling.ts';
import { MONDAY, WEEK } from '../../support/vault-logs.ts';

const seed = testSeed();
const KEY: TallyKey = { week: weekOf(MONDAY as EpochSeconds), key: Buffer.alloc(32, 5) };
const readers = newReaders(1);
after(() => readers.close());

const KINDS: [name: string, sizes: Sizes, rounds: number][] = [
  ['small logs', { servers: 2, days: 2, linesADay: 60 }, 6],
  ['tiny logs', { servers: 3, days: 1, linesADay: 8 }, 8],
  ['logs of a week', { servers: 2, days: 8, linesADay: 150 }, 1],
];

for (const [name, sizes, rounds] of KINDS) {
  test(`I4: ${rounds} rounds of ${name}, re-cut, as tallies and logs in any mixture, are the very vault of the logs (seed ${seed})`, async (context) => {
    const folder = temporaryFolder(context, placeInMemory());
    let partly = 0;
    for (let round = 0; round < rounds; round++) partly += await mixtureRound(readers, folder, seed + round, sizes);
    context.diagnostic(`${partly} logs were partly known`);
  });
}

test(`I4 I1: 9 rounds of re-cut logs as tallies without a key: counted once, or refused by name (seed ${seed})`, async (context) => {
  const folder = temporaryFolder(context, placeInMemory());
  let refused = 0;
  for (let round = 0; round < 9; round++)
    refused += Math.min(1, await keylessRound(readers, folder, seed + round, KINDS[round % 2]![1]));
  context.diagnostic(`${refused} rounds with a refusal`);
});

/** What was counted by two ways, each of them given the same logs. */
async function compared(
  context: TestContext,
  logs: readonly string[],
  make: (path: string, place: number) => Promise<string>,
  tallies = { key: KEY as TallyKey | undefined, withoutNetworks: false },
) {
  const folder = temporaryFolder(context, placeInMemory());
  const vaults = [0, 1].map(() => Vault.open(':memory:', 'write', randomBytes));
  const [byLogs, byTallies] = vaults as [Vault, Vault];
  const paths = logs.map((text, place) => writeIn(folder, `${place}.log`, text));
  const given = await Promise.all(paths.map(make));
  const expected = await countFiles(readers, byLogs, paths, { source: 'a' });
  const found = await countFiles(readers, byTallies, given, { tallies, source: 'a' });
  context.after(() => {
    for (const vault of vaults) vault.close();
  });
  return { byLogs, byTallies, expected, found };
}

const sealed = async (path: string) =>
  writeIn(dirname(path), `${basename(path)}.tally`, (await tallyOf(readers, path, { key: KEY, source: 'a' })).bytes);
const open = async (path: string) =>
  writeIn(
    dirname(path),
    `${basename(path)}.tally`,
    (await tallyOf(readers, path, { key: undefined, source: 'a' })).bytes,
  );

function day(random: Random, linesADay: number): string[] {
  return serverLines(random, MONDAY, { servers: 1, days: 1, linesADay }).map(({ text }) => text);
}

test(`U5 G3 I4: a log that grows is continued by its tallies, in any order, whatever of it does not count (seed ${seed})`, async (context) => {
  const lines = day(seededRandom(seed), 200).map((text, place) =>
    place % 7 === 0 ? text.replace('" 200 ', '" 404 ') : text,
  );
  const states = [40, 41, 90, 150, lines.length].map((size) => lines.slice(0, size).join(''));
  for (const order of [states, [...states].reverse(), [2, 0, 4, 1, 3].map((place) => states[place]!)]) {
    const { byLogs, byTallies, expected, found } = await compared(context, order, sealed);
    assert.deepEqual(
      found.map(({ status, counted, rejected }) => ({ status, counted, rejected })),
      expected.map(({ status, counted, rejected }) => ({ status, counted, rejected })),
    );
    assert.deepEqual(allOf(byTallies), allOf(byLogs));
  }
});

test(`I4 R12: without a key a tally that has grown takes the place of the earlier one, and a part is refused by name (seed ${seed})`, async (context) => {
  const lines = day(seededRandom(seed), 120);
  const [start, whole] = [lines.slice(0, 60).join(''), lines.join('')];
  const none = { key: undefined, withoutNetworks: false };
  const { byLogs, byTallies, found } = await compared(context, [start, whole, start, whole], open, none);
  assert.deepEqual(
    found.map(({ status }) => status),
    ['counted', 'counted', 'already-counted', 'already-counted'],
  );
  const cellsOf = (vault: Vault) => (allOf(vault) as { weeks: { cells: unknown }[] }).weeks.map(({ cells }) => cells);
  assert.deepEqual(cellsOf(byTallies), cellsOf(byLogs));
  assert.equal(byTallies.networks(WEEK).silence, 'hidden');
  const middle = writeIn(temporaryFolder(context), 'middle.log', lines.slice(30, 90).join(''));
  const other = Vault.open(':memory:', 'write', randomBytes);
  const tally = await open(middle);
  await countFiles(readers, other, [middle], { source: 'a' });
  const rest = writeIn(dirname(middle), 'rest.log', lines.slice(60).join(''));
  const [refused] = await countFiles(readers, other, [await open(rest)], { source: 'a' });
  assert.equal(refused!.status, 'refused');
  assert.match(refused!.reason!, /a part of it was counted with .*middle\.log, and this tally does not say/);
  const edge = writeIn(dirname(middle), 'edge.log', lines.slice(84).join(''));
  const [few] = await countFiles(readers, other, [await open(edge)], { source: 'a' });
  assert.equal(few!.status, 'refused', 'six lines of many are known');
  const [known] = await countFiles(readers, other, [tally], { source: 'a' });
  assert.equal(known!.status, 'already-counted');
  other.close();
});

test('C5 I4: a tally names what counting its log would name, also where a stranger floods it', async (context) => {
  const random = seededRandom(4);
  const flood = day(random, 3000).map((text, place) =>
    place % 2 === 0 ? text.replace(/libdnf \([^ ]+/, `libdnf (Made-up-${place}`) : text,
  );
  const { byLogs, byTallies } = await compared(context, [flood.join('')], sealed);
  assert.match(JSON.stringify(allOf(byLogs)), /"osName\\":\\"other/);
  assert.deepEqual(allOf(byTallies), allOf(byLogs));
});

test('L14 I4: tallies of logs in other formats, packed logs and quiet logs are what the logs are', async (context) => {
  const lines = day(seededRandom(5), 60);
  const json = lines.map((line) => {
    const [, address, time, request, agent] = /^(\S+) - - \[([^\]]+)\] "([^"]+)" 200 629 "-" "([^"]+)"/.exec(line)!;
    return `${JSON.stringify({ remote_addr: address, time_local: time, request, status: 200, http_user_agent: agent })}\n`;
  });
  const quiet = '192.0.2.9 - - [04/Aug/2025:10:00:00 +0000] "GET /health HTTP/1.1" 200 2 "-" "curl/8.6.0"\n'.repeat(20);
  const packed = gzipSync(lines.slice(30).join('')).toString('latin1');
  const logs = [json.join(''), quiet, packed, lines.slice(0, 10).join('')];
  const { byLogs, byTallies } = await compared(context, logs, sealed);
  assert.deepEqual(allOf(byTallies), allOf(byLogs));
});

test('I4: a damaged tally, one of times to come, one with another key and one without its key are named, and stop no other', async (context) => {
  const folder = temporaryFolder(context);
  const vault = Vault.open(':memory:', 'write', randomBytes);
  const logs = [1, 2, 3].map((part) => writeIn(folder, `${part}.log`, day(seededRandom(part), 30).join('')));
  const [damaged, other, good] = await Promise.all(logs.map(sealed));
  const bytes = readFileSync(damaged!);
  writeFileSync(damaged!, bytes.subarray(0, bytes.length - 5));
  const empty = join(dirname(damaged!), 'empty.tally');
  writeFileSync(empty, '');
  const foreign = { ...KEY, key: Buffer.alloc(32, 6) };
  writeFileSync(other!, (await tallyOf(readers, logs[1]!, { key: foreign, source: 'a' })).bytes);
  const tallies = { key: KEY, withoutNetworks: false };
  const reports = await countFiles(readers, vault, [damaged!, other!, good!, empty], { tallies });
  assert.deepEqual(
    reports.map(({ status }) => status),
    ['damaged', 'refused', 'counted', 'damaged'],
  );
  assert.match(reports[0]!.reason!, /copy it once more, or tally its log again/);
  assert.match(reports[1]!.reason!, /made with another key/);
  assert.equal(reports[2]!.source, 'a');
  const [unnamed] = await countFiles(readers, vault, [await sealed(logs[1]!)]);
  assert.match(unnamed!.reason!, /name the key that it was made with by --key FILE/);
  const early = startReaders({}, (MONDAY - 10 * 86_400) as EpochSeconds);
  const [future] = await countFiles(early, vault, [good!], { tallies }).finally(() => early.close());
  assert.match(future!.reason!, /times that are still to come/);
  vault.close();
});

test('I4: what is no log is not tallied, and a tally is not recounted', async (context) => {
  const folder = temporaryFolder(context);
  const log = writeIn(folder, 'a.log', day(seededRandom(1), 30).join(''));
  const tally = await sealed(log);
  await assert.rejects(tallyOf(readers, tally, { key: KEY, source: 'a' }), /it is the tally of a log/);
});

test('G2: a log of few candidates that do not count is known again, and one of its name that is another is not', async (context) => {
  const folder = temporaryFolder(context);
  const vault = Vault.open(':memory:', 'write', randomBytes);
  const inVain = day(seededRandom(6), 8).map((text) => text.replace('" 200 ', '" 404 '));
  const path = writeIn(folder, 'a.log', inVain.join(''));
  const statuses = async (given: string) => (await countFiles(readers, vault, [given])).map(({ status }) => status);
  assert.deepEqual(await statuses(path), ['counted']);
  assert.deepEqual(await statuses(path), ['already-counted']);
  writeIn(folder, 'a.log', inVain.slice(1).join(''));
  assert.deepEqual(await statuses(path), ['counted']);
  const rejected = vault.rejections().reduce((sum, { count }) => sum + count, 0);
  assert.equal(rejected, inVain.length * 2 - 1);
  vault.close();
});
