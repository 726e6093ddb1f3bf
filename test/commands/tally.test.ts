import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ingest } from '../../src/commands/ingest.ts';
import { startReaders } from '../../src/commands/start-readers.ts';
import { type TallyOptions, tally } from '../../src/commands/tally.ts';
import { makeTallyKey } from '../../src/commands/tally-key.ts';
import { type EpochSeconds, SECONDS_PER_WEEK } from '../../src/flow/sightings/week.ts';
import { rollcall, start, Workplace } from '../support/command-line.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { seededRandom } from '../support/random.ts';
import { serverLines } from '../support/recut.ts';
import { contentsOfFile, hitsIn } from '../support/vault-contents.ts';
import { MONDAY, SOON } from '../support/vault-logs.ts';

const lines = (seed: number, size = 40) =>
  serverLines(seededRandom(seed), MONDAY, { servers: 1, days: 1, linesADay: size }).map(({ text }) => text.trimEnd());

async function runTally(place: Workplace, logs: readonly string[], options: Partial<TallyOptions> = {}, now = SOON) {
  const terminal = capture();
  const all = { out: place.path('tallies'), ...options };
  const code = await tally(
    logs.map((log) => place.path(log)),
    all,
    terminal,
    clockAt(now),
    startReaders({}, now),
  );
  return { code, out: terminal.outText(), err: terminal.errText() };
}

async function runIngest(place: Workplace, logs: readonly string[], options = {}, now: EpochSeconds = SOON) {
  const terminal = capture();
  const all = { vault: place.path(place.vault), ...options };
  const code = await ingest(
    logs.map((log) => place.path(log)),
    all,
    terminal,
    clockAt(now),
    startReaders({}, now),
  );
  return { code, out: terminal.outText(), err: terminal.errText() };
}

test('I4 V6: tallied in two places, copied and counted beside a log: the totals of all logs, in files for their owner alone', async (context) => {
  const place = new Workplace(context);
  const [one, two, three] = [lines(1), lines(2), lines(3)];
  place.write('one/access.log', one);
  place.write('two/access.log', two);
  place.write('three.log', three);
  const run = async (...args: string[]) => {
    const ended = await rollcall(args, { cwd: place.folder });
    assert.equal(ended.code, 0, ended.err + ended.out);
    return ended;
  };
  await run('tally-key', 'tally.key');
  for (const server of ['one', 'two'])
    await run('tally', '--key', 'tally.key', '--source', server, '--out', `tallies-${server}`, `${server}/access.log`);
  for (const path of ['tally.key', ...readdirSync(place.path('tallies-one')).map((name) => join('tallies-one', name))])
    assert.equal(statSync(place.path(path)).mode & 0o777, 0o600, path);
  assert.equal(statSync(place.path('tallies-one')).mode & 0o777, 0o700);
  rmSync(place.path('one'), { recursive: true });
  const { out } = await run('ingest', '--json', '--key', 'tally.key', 'tallies-two', 'three.log', 'tallies-one');
  const reports = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { source: string; status: string });
  assert.deepEqual(reports.map(({ source, status }) => `${source} ${status}`).slice(0, 1), ['two counted']);
  const counted = contentsOfFile(place.path(place.vault));
  place.write('all.log', [...one, ...two, ...three]);
  await runIngest(place, ['all.log'], { vault: place.path('all.sqlite') }, (Date.now() / 1000) as EpochSeconds);
  assert.equal(
    counted.replace(/"coverage[^}]*}/g, ''),
    contentsOfFile(place.path('all.sqlite')).replace(/"coverage[^}]*}/g, ''),
  );
});

test('I4 I3: what could not be tallied is told with its reason and an exit code, and the rest is done', async (context) => {
  const place = new Workplace(context);
  place.write('good.log', lines(1));
  place.write(
    'empty-handed.log',
    lines(2).map((line) => line.replace('libdnf', 'curl')),
  );
  place.write('cut.log.gz', Buffer.from('1f8b0800000000000003', 'hex'));
  const { code, out } = await runTally(place, ['good.log', 'empty-handed.log', 'cut.log.gz', 'missing.log']);
  assert.equal(code, 1);
  assert.match(out, /^Tallied 4\d check-ins of 2 logs/);
  assert.match(out, /NOT tallied: 2 logs\n.*cut\.log\.gz: .*\n.*missing\.log: there is no such file/);
  assert.match(out, /NOTHING counted: 1 log\n.*empty-handed\.log: none of its .* counts \(agent/);
  assert.match(out, /made without a key/);
  assert.equal(readdirSync(place.path('tallies')).length, 2);
  const counted = await runIngest(place, ['tallies']);
  assert.equal(counted.code, 1);
  assert.match(counted.out, /NETWORKS NOT KNOWN of 1 tally: made without a key/);
  assert.match(counted.out, /NOT counted: 1 log\n.*\.tally: none of its .* counts \(agent/);
  assert.doesNotMatch(counted.out, /ADDRESSES SAY NOTHING/);
});

test('I4: a log that was tallied twice is one file, a log that has grown another, and other files stay', async (context) => {
  const place = new Workplace(context);
  place.write('access.log', lines(1).slice(0, 20));
  await makeTallyKey(place.path('key'), capture(), SOON);
  const key = place.path('key');
  await runTally(place, ['access.log'], { key });
  await runTally(place, ['access.log'], { key });
  assert.equal(readdirSync(place.path('tallies')).length, 1);
  place.write('access.log', lines(1));
  await runTally(place, ['access.log'], { key });
  const names = readdirSync(place.path('tallies'));
  assert.equal(names.length, 2);
  for (const name of names) assert.match(name, /^2025-08-04T\d\dZ-[0-9a-f]{16}\.tally$/);
  await runIngest(place, ['tallies'], { key });
  assert.equal(hitsIn(place.path(place.vault)), lines(1).length);
});

test('P6: keys are forgotten a week and a day after their week; what was sealed before counts, and it is said what is missing', async (context) => {
  const place = new Workplace(context);
  place.write('one.log', lines(1));
  const key = place.path('key');
  await makeTallyKey(key, capture(), SOON);
  await assert.rejects(makeTallyKey(key, capture(), SOON), /is there already/);
  const written = readFileSync(key, 'utf8');
  await runTally(place, ['one.log'], { key });
  assert.equal(readFileSync(key, 'utf8'), written);
  const late = (SOON + 3 * SECONDS_PER_WEEK) as EpochSeconds;
  place.write('two.log', lines(2));
  await runTally(place, ['two.log'], { key }, late);
  assert.notEqual(readFileSync(key, 'utf8'), written);
  const { code, out } = await runIngest(place, ['tallies'], { key }, late);
  assert.equal(code, 0, out);
  assert.match(out, /NETWORKS NOT KNOWN of 1 tally: the key of the week in which they were made is gone/);
  assert.equal(hitsIn(place.path(place.vault)), lines(1).length + lines(2).length);
  await assert.rejects(
    runTally(place, ['two.log'], { key }, MONDAY as EpochSeconds),
    /is for other weeks than this one/,
  );
});

test('P6: where a key could be had a tally waits for it, unless it is said to be lost', async (context) => {
  const place = new Workplace(context);
  place.write('one.log', lines(1));
  await makeTallyKey(place.path('key'), capture(), SOON);
  await runTally(place, ['one.log'], { key: place.path('key') });
  const refused = await runIngest(place, ['tallies']);
  assert.equal(refused.code, 1);
  assert.match(
    refused.out,
    /name the key that it was made with by --key FILE, or, if that is lost, .*--without-networks/,
  );
  const counted = await runIngest(place, ['tallies'], { withoutNetworks: true });
  assert.match(counted.out, /NETWORKS NOT KNOWN of 1 tally: counted with --without-networks/);
  await assert.rejects(runTally(place, ['one.log'], { key: place.path('none') }), /make one with "rollcall tally-key/);
  writeFileSync(place.path('none'), 'no key');
  await assert.rejects(runTally(place, ['one.log'], { key: place.path('none') }), /is no key for tallies/);
});

test('I4 G7: a lost disk: logs tallied again, cut otherwise, count once beside tallies that arrived before', async (context) => {
  const place = new Workplace(context);
  const all = [...lines(1, 120)];
  const key = place.path('key');
  await makeTallyKey(key, capture(), SOON);
  place.write('a.log', all.slice(0, 70));
  await runTally(place, ['a.log'], { key });
  await runIngest(place, ['tallies'], { key });
  rmSync(place.path('tallies'), { recursive: true });
  place.write('b.log', all.slice(30, 100));
  place.write('c.log', all.slice(60));
  await runTally(place, ['b.log', 'c.log', 'a.log'], { key });
  await runIngest(place, ['tallies'], { key });
  const counted = contentsOfFile(place.path(place.vault));
  renameSync(place.path(place.vault), place.path('first.sqlite'));
  place.write('whole.log', all);
  await runIngest(place, ['whole.log']);
  assert.equal(counted, contentsOfFile(place.path(place.vault)));
});

test('P6: a key file that cannot be written is told, and the work is done', async (context) => {
  const place = new Workplace(context);
  place.write('one.log', lines(1));
  await makeTallyKey(place.path('key'), capture(), SOON);
  // In the way of the lock that is needed to replace it.
  mkdirSync(place.path('.key.lock'));
  const late = (SOON + 3 * SECONDS_PER_WEEK) as EpochSeconds;
  const { code, err } = await runTally(place, ['one.log'], { key: place.path('key') }, late);
  assert.equal(code, 0);
  assert.match(err, /cannot be written, so it still opens tallies made since 2025-/);
});

test('I4 E06: runs that tally the same logs at once, and what killed ones have left, stand in nobody’s way', async (context) => {
  const place = new Workplace(context);
  place.write('one.log', lines(1));
  const key = place.path('key');
  await makeTallyKey(key, capture(), SOON);
  place.write('tallies/.old.tally.0123456789ab.partial', 'half');
  place.write('tallies/.new.tally.0123456789ab.partial', 'half');
  const old = MONDAY - 10 * 86_400;
  utimesSync(place.path('tallies/.old.tally.0123456789ab.partial'), old, old);
  const runs = await Promise.all([1, 2, 3].map(() => runTally(place, ['one.log', 'one.log'], { key })));
  assert.deepEqual(
    runs.map(({ code }) => code),
    [0, 0, 0],
  );
  const names = readdirSync(place.path('tallies')).sort();
  assert.deepEqual(names.slice(0, -1), ['.new.tally.0123456789ab.partial']);
  const sealed = readFileSync(place.path(join('tallies', names.at(-1)!)));
  place.write('two.log', lines(2));
  const bare = await runTally(place, ['one.log', 'two.log']);
  assert.match(
    bare.out,
    /made without a key: 1 log;[\s\S]*there already, made with a key, and left as they are: 1 log/,
  );
  const read = () => readFileSync(place.path(join('tallies', names.at(-1)!)));
  assert.deepEqual(read(), sealed, 'it would hold less without a key');
  await makeTallyKey(place.path('other'), capture(), SOON);
  const other = await runTally(place, ['one.log'], { key: place.path('other') });
  assert.equal(other.code, 1);
  assert.match(other.out, /is its tally, made with another key/);
  assert.deepEqual(read(), sealed, 'whoever counts it may have no other');
  assert.equal((await runTally(place, ['two.log'], { key })).code, 0, 'with a key it holds more');
  assert.equal((await runIngest(place, ['tallies'], { key })).code, 0);
  assert.equal(hitsIn(place.path(place.vault)), lines(1).length + lines(2).length);
});

test('I4 W3: what the vault has is removed where that is asked for; logs and what was refused stay', async (context) => {
  const place = new Workplace(context);
  place.write('one.log', lines(1));
  place.write('in/two.log', lines(2));
  await runTally(place, ['one.log'], { out: place.path('in') });
  place.write('in/bad.tally', 'rollcall-tally 1 x\n');
  const { code } = await runIngest(place, ['in'], { removeCounted: true });
  assert.equal(code, 1);
  assert.deepEqual(readdirSync(place.path('in')).sort(), ['bad.tally', 'two.log']);
  await runTally(place, ['one.log'], { out: place.path('in') });
  const [tally] = readdirSync(place.path('in')).filter((name) => name.startsWith('2'));
  // Read before it, and behind it, when it has gone.
  for (const name of ['0.tally', 'z.tally']) symlinkSync(tally!, place.path(`in/${name}`));
  await runIngest(place, ['in'], { removeCounted: true });
  assert.deepEqual(readdirSync(place.path('in')).sort(), ['bad.tally', 'two.log']);
});

/** Runs the program and kills it when it has told of so many logs. */
async function killed(place: Workplace, after: number, ...args: string[]): Promise<void> {
  const child = start([...args, '--json'], { cwd: place.folder });
  let told = 0;
  child.stdout!.on('data', (chunk: Buffer) => {
    told += chunk.toString().split('\n').length - 1;
    if (told >= after) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
}

test('G7 I4: whoever is killed while tallying and counting begins again, and nothing is lost or counted twice', async (context) => {
  const place = new Workplace(context);
  const all = [...new Set(lines(7, 300))];
  for (let part = 0; part < 12; part++) place.write(`logs/${part}.log`, all.slice(part * 20, part * 30 + 40));
  await makeTallyKey(place.path('key'), capture(), (Date.now() / 1000) as EpochSeconds);
  await killed(place, 3, 'tally', '--key', 'key', '--out', 'tallies', 'logs');
  assert.equal((await rollcall(['tally', '--key', 'key', '--out', 'tallies', 'logs'], { cwd: place.folder })).code, 0);
  await killed(place, 3, 'ingest', '--key', 'key', '--remove-counted', 'tallies');
  const { code, err } = await rollcall(['ingest', '--key', 'key', 'tallies', 'logs'], { cwd: place.folder });
  assert.equal(code, 0, err);
  assert.equal(hitsIn(place.path(place.vault)), all.length);
});
