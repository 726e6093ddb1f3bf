import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** The units for systemd that operators copy. */

const ROOT = join(import.meta.dirname, '..');

function settingsOf(path: string): Map<string, string> {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  return new Map(lines.map((line) => line.split(/=(.*)/) as [string, string]));
}

const SERVICES = globSync('docs/**/*.service', { cwd: ROOT });

test('H05: every service has a user of its own, its own folder to write to, and no privilege', () => {
  assert.equal(SERVICES.length, 3);
  for (const path of SERVICES) {
    const settings = settingsOf(path);
    const wanted = {
      DynamicUser: 'yes',
      User: 'rollcall',
      StateDirectory: 'rollcall',
      NoNewPrivileges: 'yes',
      CapabilityBoundingSet: '',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateTmp: 'yes',
      PrivateDevices: 'yes',
      RestrictNamespaces: 'yes',
      LockPersonality: 'yes',
    };
    for (const [name, value] of Object.entries(wanted)) assert.equal(settings.get(name), value, `${path}: ${name}`);
    assert.match(settings.get('MemoryMax') ?? '', /^\d+G$/, path);
    assert.match(settings.get('UMask') ?? '', /^00[27]7$/, path);
  }
});

test('H05: who reads logs of strangers has no network', () => {
  const settings = settingsOf('docs/ingest/rollcall-ingest.service');
  assert.equal(settings.get('PrivateNetwork'), 'yes');
  assert.equal(settings.get('RestrictAddressFamilies'), 'none');
});

test('H05: a unit leaves as much memory as README states for its commands', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const stated = (command: string) => {
    const [row] = new RegExp(`^\\| \`${command}\`.*$`, 'm').exec(readme.slice(readme.indexOf('## How much memory')))!;
    return Math.max(...Array.from(row.matchAll(/([\d.]+) GB/g), ([, gigabytes]) => Number(gigabytes)));
  };
  const most = (path: string) => Number(/^(\d+)G$/.exec(settingsOf(path).get('MemoryMax')!)![1]);
  assert.ok(stated('ingest') > 1 && most('docs/ingest/rollcall-ingest.service') >= stated('ingest'));
  assert.equal(most('docs/serve/rollcall.service'), stated('serve'));
});
