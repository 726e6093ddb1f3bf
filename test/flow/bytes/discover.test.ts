import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Discovered, discover } from '../../../src/flow/bytes/discover.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { outcomeOfFile } from './pouring.ts';

function folderWith(context: Pick<TestContext, 'after'>, ...names: string[]): string {
  const folder = temporaryFolder(context);
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  return folder;
}

function summary(found: Discovered[]): string[] {
  return found.map((one) => (one.kind === 'fault' ? `${one.name}: ${one.fault.message}` : one.name));
}

test('files, folders and standard input in the order of the arguments', (context) => {
  const folder = folderWith(context, 'b.log', 'a/2.log', 'a/10.log', 'a/sub/1.log', 'a/.hidden', 'a/.git/config', '.x');
  assert.deepEqual(discover(['b.log', '-', 'a/'], folder), [
    { kind: 'file', path: join(folder, 'b.log'), name: 'b.log' },
    { kind: 'stdin', name: 'standard input' },
    { kind: 'file', path: join(folder, 'a/10.log'), name: 'a/10.log' },
    { kind: 'file', path: join(folder, 'a/2.log'), name: 'a/2.log' },
    { kind: 'file', path: join(folder, 'a/sub/1.log'), name: 'a/sub/1.log' },
  ]);
  assert.deepEqual(
    summary(discover([folder])),
    ['a/10.log', 'a/2.log', 'a/sub/1.log', 'b.log'].map((name) => join(folder, name)),
  );
  assert.deepEqual(summary(discover(['.x'], folder)), ['.x']);
});

test('patterns are for names that do not exist as they are', (context) => {
  const folder = folderWith(context, 'b.log', 'a.log', 'c.txt', '[a].log', '.a.log', 'sub/d.log');
  assert.deepEqual(summary(discover(['[a].log'], folder)), ['[a].log']);
  assert.deepEqual(summary(discover(['[ab].log'], folder)), ['a.log', 'b.log']);
  assert.deepEqual(summary(discover(['**/*.log'], folder)), ['[a].log', 'a.log', 'b.log', 'sub/d.log']);
  assert.deepEqual(summary(discover([`${folder}/s*`])), [`${folder}/sub/d.log`]);
});

test('A01 a file that is named twice is listed twice', (context) => {
  const folder = folderWith(context, 'a.log');
  symlinkSync('a.log', join(folder, 'link.log'));
  linkSync(join(folder, 'a.log'), join(folder, 'hard.log'));
  const names = ['a.log', './a.log', 'a.log', 'link.log', 'hard.log'];
  const found = discover(names, folder);
  assert.deepEqual(summary(found), names);
  assert.ok(found.every(({ kind }) => kind === 'file'));
});

test('what does not exist, matches nothing or holds nothing is a fault', (context) => {
  const folder = folderWith(context, 'a.log', 'empty/.keep');
  assert.deepEqual(summary(discover(['no.log', 'no*.log', 'empty', '', 'a.log/b', '-', '-'], folder)), [
    'no.log: there is no such file or folder; check the path',
    'no*.log: no file matches this pattern; check it',
    'empty: the folder holds no log files',
    ': there is no such file or folder; check the path',
    'a.log/b: a part of the path is a file, not a folder; check the path',
    'standard input',
    'standard input: it can be read only once; name - once',
  ]);
});

test('A16 pipes, sockets, devices and broken links are refused however they are named', async (context) => {
  const folder = folderWith(context, 'a.log');
  execFileSync('mkfifo', [join(folder, 'pipe.log')]);
  symlinkSync('nowhere', join(folder, 'broken.log'));
  symlinkSync('circle.log', join(folder, 'circle.log'));
  const server = createServer().listen(join(folder, 'socket.log'));
  context.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const expected = [
    'a.log',
    'broken.log: a symbolic link to a file that does not exist; repair or remove the link',
    'circle.log: its symbolic links lead in a circle; name the file itself',
    'pipe.log: a named pipe (FIFO), not a log file; to read from it: cat ... | rollcall ingest -',
    'socket.log: a socket, not a log file; to read from it: cat ... | rollcall ingest -',
  ];
  assert.deepEqual(summary(discover(['*.log'], folder)), expected);
  assert.deepEqual(
    summary(discover([folder])),
    expected.map((line) => join(folder, line)),
  );
  assert.match(summary(discover(['/dev/null']))[0]!, /a device/);
});

test('a link to a folder is followed, and a link to a folder above is not', (context) => {
  const folder = folderWith(context, 'logs/a.log', 'other/b.log');
  symlinkSync('../other', join(folder, 'logs/linked'));
  symlinkSync('..', join(folder, 'other/up'));
  symlinkSync('../logs', join(folder, 'other/back'));
  assert.deepEqual(summary(discover(['logs'], folder)), ['logs/a.log', 'logs/linked/b.log']);
});

test('A17 A23 a folder without permission is a fault, and the others are listed', (context) => {
  const folder = folderWith(context, 'closed/a.log', 'open/b.log');
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'closed'), 0);
  const isRoot = process.geteuid!() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    const reason = 'no permission to read it; run as a user who may, or change its permissions';
    assert.deepEqual(summary(discover(['.'], folder)), [`./closed: ${reason}`, './open/b.log']);
    assert.deepEqual(summary(discover(['closed/a.log'], folder)), [`closed/a.log: ${reason}`]);
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(join(folder, 'closed'), 0o755);
  }
});

test('A22 names with line feeds, quotes, escapes and options are listed and printed on one line', (context) => {
  const folder = folderWith(context, '-rf', 'a\nb', 'a"b', 'a\\b', 'a\u001b[31mb', 'a\u202eb', "a'b ü", '\u{1f600}');
  const expected = ['-rf', '\u{1f600}', 'a\\"b', "a'b ü", 'a\\\\b', 'a\\nb', 'a\\u{202e}b', 'a\\x1b[31mb'];
  assert.deepEqual(summary(discover(['.'], folder)).sort(), expected.map((name) => `./${name}`).sort());
  assert.deepEqual(summary(discover(['-rf', 'a\nb'], folder)), ['-rf', 'a\\nb']);
});

test('A22 names that are not UTF-8 are listed, told apart and opened', async (context) => {
  const folder = folderWith(context);
  for (const byte of [0xff, 0xe4]) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/ü`), Buffer.of(byte), Buffer.from('.log')]), `${byte}`);
  }
  const names = ['ü\\xe4.log', 'ü\\xff.log'];
  assert.deepEqual(
    summary(discover(['.'], folder)),
    names.map((name) => `./${name}`),
  );
  for (const found of discover(['.'], folder)) {
    assert.ok(found.kind === 'file');
    const outcome = await outcomeOfFile(found.path);
    assert.equal(outcome.kind === 'poured' && `${outcome.content}`, found.name.includes('ff') ? '255' : '228');
  }
  // As an argument such a name has lost its bytes before any program sees it.
  for (const arg of ['ü\uFFFD.log', '*.log']) {
    assert.deepEqual([...new Set(summary(discover([arg], folder)))].sort(), names);
  }
});

test('A22 100,000 small files are listed', (context) => {
  // In memory where that is possible: making the files on a disk takes much longer than listing them.
  const folder = temporaryFolder(context, existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
  for (let number = 0; number < 100_000; number += 1) {
    if (number % 1_000 === 0) mkdirSync(join(folder, String(number / 1_000)));
    writeFileSync(join(folder, String(Math.floor(number / 1_000)), `${number}.log`), '');
  }
  assert.equal(discover([folder]).length, 100_000);
  assert.equal(discover(['*/*.log'], folder).length, 100_000);
});
