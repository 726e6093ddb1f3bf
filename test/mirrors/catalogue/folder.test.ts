import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogueFiles } from '../../../src/mirrors/catalogue/folder.ts';
import { loadCatalogue } from '../../../src/mirrors/catalogue/load.ts';
import { mirrorText } from '../../support/memory-catalogue.ts';
import { serviceConfiguration } from '../../support/mirror-service-configuration.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('N8 A16: whatever lies among the mirrors, each file that cannot be one is named, and the others are given out', (context) => {
  const folder = temporaryFolder(context);
  const path = (name: string) => join(folder, 'mirrors.d', `${name}.yml`);
  mkdirSync(join(folder, 'mirrors.d'));
  writeFileSync(join(folder, 'config.yml'), serviceConfiguration());
  for (const name of ['good', 'fine']) writeFileSync(path(name), mirrorText(`${name}.example.org`));
  execFileSync('mkfifo', [path('pipe')]);
  symlinkSync('/dev/zero', path('endless'));
  symlinkSync('nowhere', path('broken'));
  mkdirSync(path('folder'));
  const bomb = Array.from({ length: 26 }, (_, n) => `k${n}: &k${n} [${n === 0 ? 'x' : `*k${n - 1}, *k${n - 1}`}]`);
  const texts = {
    large: `name: x\n${'# \n'.repeat(100_000)}`,
    bomb: bomb.join('\n'),
    deep: `name: ${'['.repeat(20_000)}`,
    bytes: Buffer.from([0xff, 0xfe, 0, 1, 2, 3]),
    keys: Array.from({ length: 10_000 }, (_, n) => `key${n}: 1`).join('\n'),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(path(name), text);
  const { catalogue, errors } = loadCatalogue({ files: catalogueFiles(folder) });
  assert.deepEqual(catalogue!.mirrors.map(({ name }) => name).sort(), ['fine.example.org', 'good.example.org']);
  const named = new Set(errors.map(({ file }) => file.replace(/^mirrors\.d\/|\.yml$/g, '')));
  for (const name of ['pipe', 'endless', 'broken', 'folder', ...Object.keys(texts)]) assert.ok(named.has(name), name);
});
