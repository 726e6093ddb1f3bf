import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Packed {
  filename: string;
  integrity: string;
  files: { path: string }[];
}

/** Builds and packs what git keeps, in a folder of its own. */
function packIn(folder: string): Packed {
  const paths = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').slice(0, -1);
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(folder, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const output = execFileSync('npm', ['pack', '--json', '--foreground-scripts=false'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, npm_config_update_notifier: 'false' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [packed] = JSON.parse(output) as [Packed];
  return packed;
}

test('H04: two builds in two folders are one package, byte by byte; what is installed of it runs', async () => {
  const folder = temporaryFolder();
  const places = [join(folder, 'one'), join(folder, 'another/and-deeper')];
  const [one, other] = places.map(packIn);
  assert.equal(one!.integrity, other!.integrity);
  const tarballs = places.map((place, at) => readFileSync(join(place, [one!, other!][at]!.filename)));
  assert.deepEqual(tarballs[0], tarballs[1]);
  assert.ok(one!.files.some(({ path }) => path === 'npm-shrinkwrap.json'));

  const installed = join(folder, 'installed');
  mkdirSync(installed);
  const tarball = join(places[0]!, one!.filename);
  execFileSync(
    'npm',
    ['install', '--prefix', installed, '--no-save', '--ignore-scripts', '--prefer-offline', tarball],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const version = execFileSync(
    process.execPath,
    [join(installed, 'node_modules/rollcall/dist/main.cjs'), '--version'],
    {
      encoding: 'utf8',
    },
  );
  assert.match(version, /^\d+\.\d+\.\d+\n$/);
});
