import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const skip = process.getuid!() === 0 ? false : 'a package is installed into a root of its own: only root may do that';

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** A root that has a shell, what the wrapper calls, and the C and C++ libraries: no Node.js, nothing of this checkout. */
function emptyRoot(folder: string): string {
  const root = join(folder, 'root');
  for (const path of ['usr/bin', 'usr/lib', 'usr/lib64', 'tmp', 'dev', 'etc', 'var/lib/dpkg'])
    mkdirSync(join(root, path), { recursive: true });
  for (const name of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  const programs = ['/usr/bin/dash', '/usr/bin/readlink', '/usr/bin/dirname'];
  const binding = readdirSync(join(ROOT, 'node_modules/@resvg')).find((name) => name.startsWith('resvg-js-linux'))!;
  const compiled = readdirSync(join(ROOT, 'node_modules/@resvg', binding)).find((name) => name.endsWith('.node'))!;
  for (const file of [...programs, process.execPath, join(ROOT, 'node_modules/@resvg', binding, compiled)])
    for (const [library] of run('ldd', file).matchAll(/\/[^ ]+(?= \(0x)/g)) {
      mkdirSync(join(root, dirname(library)), { recursive: true });
      copyFileSync(library, join(root, library));
    }
  for (const program of programs) cpSync(program, join(root, program));
  symlinkSync('dash', join(root, 'usr/bin/sh'));
  run('mknod', '-m', '666', join(root, 'dev/null'), 'c', '1', '3');
  run('mknod', '-m', '666', join(root, 'dev/urandom'), 'c', '1', '9');
  return root;
}

/** From logs to a publication that is verified. */
function assertWorks(root: string): void {
  const shell = (command: string) => run('chroot', root, '/bin/sh', '-c', `cd /tmp && ${command}`);
  assert.match(shell('rollcall --version'), /^\d+\.\d+\.\d+\n$/);
  shell('rollcall simulate --out logs --systems 400 --weeks 3 --seed 5 > /dev/null');
  assert.match(shell('rollcall ingest logs/mirror*'), /Counted [\d,]+ check-ins/);
  assert.match(shell('rollcall publish --out site --distribution almalinux'), /Publication 1 is in site/);
  assert.match(shell('rollcall verify --published site'), /as it was published/);
}

test('H04: a release: the sums are right, and what is installed of .rpm and .deb in an empty root counts and publishes', {
  skip,
}, (context) => {
  const folder = temporaryFolder(context);
  const release = join(folder, 'release');
  run('bash', 'scripts/release', release);
  const sums = readFileSync(join(release, 'SHA256SUMS'), 'utf8').trim().split('\n');
  assert.equal(sums.length, 5);
  for (const line of sums) {
    const [sum, name] = line.split(/ +/);
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(release, name!)))
        .digest('hex'),
      sum,
      name,
    );
  }
  const named = (end: RegExp) => join(release, readdirSync(release).find((name) => end.test(name))!);
  const rpm = emptyRoot(join(folder, 'rpm'));
  run('rpm', '--root', rpm, '--initdb');
  run('rpm', '--root', rpm, '--install', '--nodeps', named(/\.rpm$/));
  run('rpm', '--root', rpm, '--verify', '--nodeps', 'rollcall');
  assertWorks(rpm);
  const deb = emptyRoot(join(folder, 'deb'));
  run('dpkg-deb', '--extract', named(/\.deb$/), deb);
  assertWorks(deb);
  const archive = join(folder, 'archive');
  mkdirSync(archive);
  run('tar', '--extract', '--file', named(/\.tar\.gz$/), '--strip-components=1', '--directory', archive);
  assert.match(run(join(archive, 'bin/rollcall'), '--help'), /^Usage: rollcall/);
});
