import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { startFolder, sweepScratch } from '../../src/commands/scratch.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { replaceFile } from '../../src/flow/views/files/replace-file.ts';
import { spoolFolder } from '../../src/mirrors/counting/spool-files.ts';
import { rollcall, Workplace } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { hourlyLog, LATER, WEEK } from '../support/vault-logs.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const UMASK = { shell: 'umask 022; exec "$@"' };

describe('V6 P1: files with exact numbers are nobody else’s', () => {
  test('vault, its -wal, totals in both forms: 0600 whatever the umask, 0660 if that is asked for', async (context) => {
    for (const [options, mode] of [
      [[], '600'],
      [['--group-access'], '660'],
    ] as const) {
      const place = new Workplace(context);
      place.write('access.log', hourlyLog(WEEK));
      const run = await place.ingest(['access.log', ...options], UMASK);
      assert.equal(run.code, 0, run.err);
      const args = ['totals', '--vault', place.vault, '--csv', 'totals.csv', '--sqlite', 'totals.db', ...options];
      const totals = await rollcall(args, { cwd: place.folder, ...UMASK });
      assert.equal(totals.code, 0, totals.err);
      for (const name of [place.vault, 'totals.csv', 'totals.db']) assert.equal(modeOf(place.path(name)), mode, name);
      // While somebody has it open, there are the others.
      const open = Vault.open(place.path(place.vault), 'write', randomBytes);
      open.closeWeeks(LATER);
      const beside = ['-wal', '-shm'].filter((end) => existsSync(place.path(place.vault + end)));
      assert.deepEqual(beside, ['-wal', '-shm']);
      for (const end of beside) assert.equal(modeOf(place.path(place.vault + end)), mode, end);
      open.close();
    }
  });

  test('a file that is made behind a link', (context) => {
    const folder = temporaryFolder(context);
    symlinkSync('real.sqlite', join(folder, 'link.sqlite'));
    Vault.open(join(folder, 'link.sqlite'), 'write', randomBytes).close();
    assert.equal(modeOf(join(folder, 'real.sqlite')), '600');
  });

  test('a spool and its keys', (context) => {
    const folder = join(temporaryFolder(context), 'deep/spool');
    const bytes = (size: number) => new Uint8Array(size).fill(7);
    spoolFolder(folder, bytes).networkKey(WEEK);
    assert.equal(modeOf(folder), '700');
    const [key] = readdirSync(folder);
    assert.equal(modeOf(join(folder, key!)), '600');
  });
});

describe('V6: what is replaced', () => {
  test('E06: two writers of one target: one waits or is refused, and none is mixed', async (context) => {
    const target = join(temporaryFolder(context), 'totals.csv');
    const { promise: isFirstIn, resolve: firstIsIn } = Promise.withResolvers<void>();
    const { promise: mayEnd, resolve: endFirst } = Promise.withResolvers<void>();
    const first = replaceFile(target, async (temporary) => {
      firstIsIn();
      await mayEnd;
      writeFileSync(temporary, 'first');
    });
    await isFirstIn;
    await assert.rejects(
      replaceFile(target, () => assert.fail('the second must not write')),
      /another run is writing it/,
    );
    endFirst();
    await first;
    assert.equal(readFileSync(target, 'utf8'), 'first');
  });

  test('E11: what killed runs have left is gone after the next, and nothing else', async (context) => {
    const folder = temporaryFolder(context);
    const others = ['.totals.csv.partial', '.totals.csv.0123456789ab.partialx', '.other.csv.0123456789ab.partial'];
    for (const name of [...others, '.totals.csv.0123456789ab.partial']) writeFileSync(join(folder, name), 'half');
    await replaceFile(join(folder, 'totals.csv'), (temporary) => writeFileSync(temporary, 'whole'));
    assert.deepEqual(readdirSync(folder).sort(), [...others, 'totals.csv'].sort());
  });

  test('E11: a folder for temporary files that a killed run has left is gone a day later', (context) => {
    const folder = temporaryFolder(context);
    const names = ['rollcall-publish-own', 'rollcall-publish-old', 'rollcall-publish-new', 'other'];
    for (const name of names) mkdirSync(join(folder, name));
    for (const name of ['rollcall-publish-old', 'other']) utimesSync(join(folder, name), 1e9, 1e9);
    sweepScratch(join(folder, 'rollcall-publish-own'), 'publish');
    assert.deepEqual(readdirSync(folder).sort(), ['other', 'rollcall-publish-new', 'rollcall-publish-own']);
  });

  test('E11: of folders that stay, one whose run was killed is gone a day later', (context) => {
    const place = temporaryFolder(context);
    const before = process.env['TMPDIR'];
    context.after(() => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    });
    process.env['TMPDIR'] = place;
    const [killed, whole] = [startFolder('demo'), startFolder('demo')];
    whole.finished();
    for (const { folder } of [killed, whole]) utimesSync(folder, 1e9, 1e9);
    const next = startFolder('demo');
    assert.deepEqual(readdirSync(place).sort(), [whole.folder, next.folder].map((path) => basename(path)).sort());
  });

  test('A16: only a file is replaced; a link leads to one', async (context) => {
    const folder = temporaryFolder(context);
    const write = (temporary: string) => writeFileSync(temporary, 'new');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const path of [folder, join(folder, 'pipe'), '/dev/null'])
      await assert.rejects(replaceFile(path, write), /is no file, and stays/);
    // Whoever may write to the folder may put something in the way, too.
    execFileSync('mkfifo', [join(folder, '.held.lock')]);
    await assert.rejects(replaceFile(join(folder, 'held'), write));
    writeFileSync(join(folder, 'real'), 'old');
    symlinkSync('real', join(folder, 'link'));
    await replaceFile(join(folder, 'link'), write);
    assert.equal(readFileSync(join(folder, 'real'), 'utf8'), 'new');
  });
});

test('V6 A16: pipes, devices and sockets are no input, of whatever command', async (context) => {
  const place = new Workplace(context);
  place.write('access.log', hourlyLog(WEEK));
  await place.ingest(['access.log', '--vault', 'v.sqlite']);
  for (const name of ['pipe', 'pipe.yaml']) {
    execFileSync('mkfifo', [place.path(name)]);
  }
  symlinkSync('/dev/zero', place.path('zero'));
  const server = createServer().listen(place.path('socket'));
  context.after(() => new Promise((resolve) => server.close(resolve)));
  await new Promise((resolve) => server.once('listening', resolve));
  const commands = [
    ['import', 'pipe'],
    ['import', 'zero'],
    ['import', 'socket'],
    ['report', '--vault', 'pipe'],
    ['publish', '--vault', 'v.sqlite', '--out', 'site', '--distribution', 'pipe.yaml'],
    ['ingest', 'access.log', '--geo', 'pipe'],
    ['verify', '--published', 'site', '--key', 'zero'],
    ['lint', 'pipe'],
  ];
  for (const args of commands) {
    const run = await rollcall(args, { cwd: place.folder });
    assert.ok(run.code === 1 || run.code === 2, `${args}: ${run.code} ${run.signal} ${run.err}`);
    assert.doesNotMatch(run.out + run.err, /unexpected error|\n {4}at /, args.join(' '));
    assert.match(run.out + run.err, /pipe|zero|socket/, args.join(' '));
  }
});

test('A17: a folder that cannot be searched, and one that cannot be listed, are damaged logs; the others are counted', async (context) => {
  const place = new Workplace(context);
  for (const name of ['open/a.log', 'unsearchable/b.log', 'unlistable/c.log', 'above/unsearchable/d.log'])
    place.write(name, hourlyLog(WEEK));
  const chmod = (mode: string, name: string) => execFileSync('chmod', [mode, place.path(name)]);
  chmod('644', 'unsearchable');
  chmod('311', 'unlistable');
  chmod('644', 'above/unsearchable');
  const run = await place.ingest(
    ['open', 'unsearchable', 'unlistable', 'above', 'unsearchable/b.log', 'unsearchable/*'],
    {
      unprivileged: true,
    },
  );
  for (const name of ['unsearchable', 'unlistable', 'above/unsearchable']) chmod('755', name);
  assert.equal(run.code, 1, run.err);
  assert.deepEqual([run.logs[0]!.status, run.logs[0]!.counted], ['counted', 168]);
  assert.ok(run.logs.length >= 4);
  for (const { status, reason } of run.logs.slice(1)) {
    assert.equal(status, 'refused');
    assert.match(reason!, /no permission/);
  }
});
