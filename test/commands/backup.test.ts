import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { backUp } from '../../src/commands/backup.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { rollcall, Workplace } from '../support/command-line.ts';
import { capture, newReaders } from '../support/in-process.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { serverLines } from '../support/recut.ts';
import { allOf, countFiles, writeIn } from '../support/travelling.ts';
import { MONDAY } from '../support/vault-logs.ts';

const seed = testSeed();
const readers = newReaders(1);
after(() => readers.close());

function readAll(path: string): unknown {
  const vault = Vault.open(path, 'read', randomBytes);
  try {
    assert.deepEqual(vault.verify(), []);
    return allOf(vault);
  } finally {
    vault.close();
  }
}

function textOf(lines: readonly { text: string }[]): string {
  return lines.map(({ text }) => text).join('');
}

test(`V7 P4: a copy that is made while logs are counted is the vault as it was, without its keys (seed ${seed})`, async (context) => {
  const place = new Workplace(context);
  const random = seededRandom(seed);
  const day = (number: number) =>
    writeIn(
      place.folder,
      `${number}.log`,
      textOf(serverLines(random, MONDAY + number * 86_400, { servers: 1, days: 1, linesADay: 9_000 })),
    );
  const path = place.path('rollcall.sqlite');
  const vault = Vault.open(path, 'write', randomBytes);
  context.after(() => vault.close());
  await countFiles(readers, vault, [0, 1, 2, 3, 4].map(day), { source: 'mirror' });
  const before = readAll(path);
  const more = day(5);
  let counting: Promise<unknown> | undefined;
  const target = Vault.open(path, 'read', randomBytes);
  const copy = place.path('copy.sqlite');
  writeFileSync(copy, '');
  await target.copyTo(copy, () => {
    counting ??= countFiles(readers, vault, [more], { source: 'mirror' });
  });
  assert.ok(counting, 'the copy was made in one step');
  await counting;
  target.close();
  assert.deepEqual(readAll(copy), before);
  assert.notDeepEqual(readAll(path), before);
  const database = new DatabaseSync(copy, { readOnly: true });
  for (const table of ['week_key', 'network', 'network_spread'])
    assert.equal(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n'], 0, table);
  database.close();
});

test('V6 V7: a copy is for its owner alone, replaces an older copy and nothing else, and leaves nothing beside it', async (context) => {
  const place = new Workplace(context);
  place.write('a.log', textOf(serverLines(seededRandom(1), MONDAY, { servers: 1, days: 1, linesADay: 50 })));
  await place.ingest(['a.log']);
  const run = (...args: string[]) => rollcall(['backup', ...args], { cwd: place.folder });
  for (let time = 0; time < 2; time++) {
    const made = await run('copies.sqlite');
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^copies\.sqlite has all numbers of rollcall\.sqlite/);
  }
  assert.equal(statSync(place.path('copies.sqlite')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(place.folder).sort(), ['a.log', 'copies.sqlite', 'rollcall.sqlite']);
  const log = readFileSync(place.path('a.log'));
  for (const [target, why] of [
    ['rollcall.sqlite', /is the vault itself/],
    ['a.log', /is no vault, so it stays/],
    ['nowhere/copy.sqlite', /cannot be written/],
  ] as const) {
    await assert.rejects(backUp(place.path(target), { vault: place.path('rollcall.sqlite') }, capture()), why);
  }
  assert.deepEqual(readFileSync(place.path('a.log')), log);
  symlinkSync('nowhere.sqlite', place.path('dead'));
  await assert.rejects(
    backUp(place.path('dead'), { vault: place.path('rollcall.sqlite') }, capture()),
    /cannot be written \(it is a link that leads to nothing/,
  );
  // The two files in the wrong order.
  const other = new Workplace(context);
  other.write('c.log', textOf(serverLines(seededRandom(2), MONDAY, { servers: 1, days: 3, linesADay: 90 })));
  await other.ingest(['c.log']);
  const before = readFileSync(other.path('rollcall.sqlite'));
  await assert.rejects(
    backUp(other.path('rollcall.sqlite'), { vault: place.path('rollcall.sqlite') }, capture()),
    /has counted or published what .* has not, so it stays: should it be the other way round\?/,
  );
  assert.deepEqual(readFileSync(other.path('rollcall.sqlite')), before);
  const nothing = { vault: place.path('none.sqlite') };
  await assert.rejects(backUp(place.path('x.sqlite'), nothing, capture()), /there is no vault/);
});

test('V7 E02: an older copy on a full disk stays, nothing is left beside it, and it is said what is wrong', async (context) => {
  const place = new Workplace(context);
  const vault = place.path('rollcall.sqlite');
  const random = seededRandom(3);
  const day = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 400 });
  place.write('a.log', textOf(day));
  await place.ingest(['a.log']);
  const small = place.path('small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    return context.skip('only root can make a small disk');
  }
  try {
    const copy = place.path('small/copy.sqlite');
    await backUp(copy, { vault }, capture());
    const before = readFileSync(copy);
    assert.throws(() => writeFileSync(place.path('small/fill'), Buffer.alloc(2 ** 21)), /ENOSPC/);
    await assert.rejects(backUp(copy, { vault }, capture()), /copy\.sqlite cannot be written: its disk has .* left/);
    assert.deepEqual(readdirSync(small).sort(), ['copy.sqlite', 'fill']);
    assert.deepEqual(readFileSync(copy), before);
  } finally {
    execFileSync('umount', ['-l', small]);
  }
});
