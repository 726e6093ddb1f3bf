import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { PublishOptions } from '../../src/commands/publish.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { rollcall } from '../support/command-line.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { WEEK } from '../support/vault-logs.ts';

const NOW = dueAt((WEEK + 1) as Week);
const press = new Press();
await press.count(fleetLog(WEEK, EVERYDAY), NOW);
assert.equal((await press.publish(NOW)).code, 0);
const served = press.fingerprint();
await press.count(fleetLog((WEEK + 1) as Week, EVERYDAY), NOW);
const recorded = contentsOfVault();

const shipped = join(import.meta.dirname, '../../src/flow/views/definition/distributions/almalinux.yaml');
const almalinux = readFileSync(shipped, 'utf8');

/** What the vault knows of publications and confirmed weeks. */
function contentsOfVault(): unknown {
  return press.inVault((vault) => [
    vault.revisions('almalinux'),
    vault.manifests('almalinux'),
    vault.confirmedWeeks('almalinux'),
  ]);
}

function assertNothingChanged(): void {
  assert.equal(press.fingerprint(), served, 'the old publication is still served');
  assert.deepEqual(contentsOfVault(), recorded, 'nothing was recorded');
}

/** Errors of these names are shown as their message alone, with exit code 2. */
const EXPECTED = ['UsageError', 'ConfigurationError', 'VaultFault', 'PublishError', 'KeyError'];

const refusals: [string, Partial<PublishOptions>, RegExp][] = [
  [
    'a distribution that does not ship',
    { distribution: 'arch' },
    /there is no distribution "arch": expected almalinux, .* or a file such as mine\.yaml/,
  ],
  ['a name that is a path', { distribution: '../aliases' }, /there is no distribution/],
  ['aliases for a distribution', { distribution: 'aliases' }, /there is no distribution/],
  [
    'a YAML file that is not there',
    { distribution: press.path('no.yaml') },
    /no\.yaml cannot be read \(ENOENT\): check the path/,
  ],
  ['a folder for a YAML file', { annotations: press.folder }, /cannot be read: it is a folder, not a file/],
  ['YAML that is none', { distribution: press.write('broken.yaml', 'id: [') }, /broken\.yaml:1:6: not YAML/],
  [
    'an unknown key',
    { distribution: press.write('key.yaml', `${almalinux}colour: red\n`) },
    /key\.yaml:\d+:1: colour: unknown key/,
  ],
  [
    'a headline that is always counted under another name',
    { distribution: press.write('alias.yaml', almalinux.replace('[AlmaLinux, AlmaLinux Kitten]', '[CentOS]')) },
    /alias\.yaml: headline: "CentOS" is counted as "CentOS Linux": write that name/,
  ],
  [
    'a rule for a name that is always counted under another',
    { distribution: press.write('rule.yaml', almalinux.replace('[AlmaLinux Kitten]', '[Achillobator]')) },
    /rule\.yaml: census: names: "Achillobator" is counted as "Bluefin LTS": write that name/,
  ],
  [
    'an annotation on 31 February',
    { annotations: press.write('events.yaml', '- { date: 2025-02-31, kind: note, text: x }\n') },
    /events\.yaml:1:5: \[0\]\.date: expected a day that exists/,
  ],
  ['a vault that is not there', { vault: press.path('no.sqlite') }, /there is no vault at .*no\.sqlite/],
  ['a folder with files of others', { out: press.folder }, /is a folder with files that were not published here/],
  ['a file', { out: press.vault }, /is a file; name a folder/],
  ['a folder in nowhere', { out: press.path('no/site') }, /its parent folder does not exist/],
  ['a day that does not exist', { confirm: ['2025-02-31'] }, /--confirm 2025-02-31: expected the Monday of a week/],
  ['a week that is not over', { confirm: ['2025-09-01'] }, /--confirm 2025-09-01: expected a week that was held/],
  ['two weeks of which one is not there', { confirm: ['2025-08-11', '2019-01-07'] }, /--confirm 2019-01-07/],
  ['a day in words', { asOf: 'yesterday' }, /--as-of yesterday: expected a day such as/],
  [
    'an address without https',
    { siteUrl: 'count.example.org' },
    /--site-url count\.example\.org: expected an address such as/,
  ],
  ['an address that runs a script', { siteUrl: 'javascript:alert(1)' }, /--site-url .*: expected an address/],
  ['a key that is not there', { sign: press.path('no.pem') }, /no\.pem cannot be read/],
  ['a key that is none', { sign: shipped }, /almalinux\.yaml/],
];

describe('what publish refuses', () => {
  for (const [what, options, message] of refusals) {
    test(`H01: ${what}: says so; nothing is written or recorded`, async () => {
      await assert.rejects(press.publish(NOW, options), (error: Error) => {
        assert.ok(EXPECTED.includes(error.name), error.stack);
        assert.match(error.message, message);
        return true;
      });
      assertNothingChanged();
    });
  }

  test('H01: a vault that is not there is not made, and exit code and message are those of a mistake', async () => {
    const folder = press.path('empty');
    mkdirSync(folder);
    const run = await rollcall(['publish', '--out', 'site', '--distribution', 'almalinux'], { cwd: folder });
    assert.deepEqual([run.code, run.out, readdirSync(folder)], [2, '', []]);
    assert.match(run.err, /^rollcall: there is no vault at rollcall\.sqlite.*\n$/);
  });

  test('E09: a vault of a newer Rollcall', async () => {
    const newer = press.path('newer.sqlite');
    writeFileSync(newer, readFileSync(press.vault));
    const database = new DatabaseSync(newer);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await assert.rejects(press.publish(NOW, { vault: newer }), /was written by a newer Rollcall.*upgrade Rollcall/);
    assertNothingChanged();
  });

  test('a vault without check-ins, and one of a distribution that nobody knows: the option to name it', async (context) => {
    const other = new Press(context);
    await other.count(fleetLog(WEEK, []), NOW);
    await assert.rejects(other.publish(NOW), /name one with --distribution \(almalinux, .*, or a YAML file\)/);
    await other.count(fleetLog(WEEK, [{ systems: 50, os: 'Meridian', repo: 'meridian-base' }]), NOW, 'mirror2');
    await assert.rejects(other.publish(NOW), /no distribution that ships with Rollcall counts what is in this vault/);
    const named = await other.publish(dueAt((WEEK - 1) as Week), { distribution: 'almalinux' });
    assert.deepEqual([named.code, existsSync(other.out)], [0, false], 'an empty site is not published');
    assert.match(named.out, /^No week can be published yet, so nothing was written/);
  });

  test('R10 F07: the same systems published as two distributions would give small groups away', async () => {
    const out = press.path('other-site');
    await assert.rejects(press.publish(NOW, { distribution: 'epel', out }), {
      name: 'PublishError',
      message: /^this vault was published as almalinux: published as epel too, small groups could be worked out/,
    });
    assert.equal(existsSync(out), false);
    assertNothingChanged();
  });

  test('E03: the disk is full: exit code 2, no half of a publication, and the next run publishes', async () => {
    const full = press.write(
      'full-disk.mjs',
      `import fs from 'node:fs';
       import { syncBuiltinESMExports } from 'node:module';
       const write = fs.writeFileSync;
       let written = 0;
       fs.writeFileSync = (path, ...rest) => {
         if (!String(path).includes('.publications') || ++written <= 40) return write(path, ...rest);
         throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
       };
       syncBuiltinESMExports();`,
    );
    const args = ['publish', '--vault', press.vault, '--out', press.out, '--as-of', '2025-08-19'];
    const run = await rollcall(args, { node: ['--import', full] });
    assert.equal(run.code, 2, run.out + run.err);
    assert.match(
      run.err,
      /^rollcall: .* could not be written .*free space; what was published before is unchanged\n$/s,
    );
    assertNothingChanged();
    assert.equal(readdirSync(`${press.out}.publications`).filter((name) => !name.startsWith('.')).length, 1);
    const next = await press.publish((NOW + 86_400) as EpochSeconds);
    assert.equal(next.code, 0, next.err);
    assert.equal(press.week((WEEK + 1) as Week)['status'], 'published');
    await press.assertAsPublished();
  });
});
