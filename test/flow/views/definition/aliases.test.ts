import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { rulesOf } from '../../../../src/commands/distribution.ts';
import type { Age } from '../../../../src/flow/sightings/request.ts';
import type { System } from '../../../../src/flow/sightings/system.ts';
import type { CubeCell } from '../../../../src/flow/vault/vault.ts';
import { readAliases } from '../../../../src/flow/views/definition/aliases.ts';
import { chooseDefinition } from '../../../../src/flow/views/definition/choose.ts';
import { weekOfDay } from '../../../../src/flow/views/publication/week-name.ts';
import { WEEK } from '../../../support/vault-logs.ts';

const SHIPPED = join(import.meta.dirname, '../../../../src/flow/views/definition/distributions/aliases.yaml');
const shipped = readAliases('aliases.yaml', readFileSync(SHIPPED, 'utf8'));

function system(fields: Partial<System>): System {
  return { client: 'libdnf', osName: 'Meridian', osVersion: '9', osVariant: 'generic', osArch: 'x86_64', ...fields };
}

describe('M5: aliases', () => {
  const names: [Partial<System>, Partial<System>][] = [
    [{ osName: 'Fedora' }, { osName: 'Fedora Linux' }],
    [{ osName: 'Centos' }, { osName: 'CentOS Linux' }],
    [{ osName: 'CentOS Stream' }, { osName: 'CentOS Stream' }],
    [{ osName: 'Red Hat Enterprise Linux Server' }, { osName: 'Red Hat Enterprise Linux' }],
    [{ osName: 'Achillobator' }, { osName: 'Bluefin LTS' }],
    [{ osArch: 'amd64' }, { osArch: 'x86_64' }],
    [{ osArch: 'AARCH64' }, { osArch: 'aarch64' }],
    [{ osVariant: 'KDE' }, { osVariant: 'kde' }],
    [{ osVariant: 'constructor' }, { osVariant: 'constructor' }],
    [{ osVariant: 'unknown' }, { osVariant: 'generic' }],
    [{ osName: '' }, { osName: '' }],
  ];
  for (const [said, meant] of names) {
    test(`${JSON.stringify(said)} is counted as ${JSON.stringify(meant)}`, () => {
      assert.deepEqual(shipped.apply(system(said), WEEK), system(meant));
    });
  }

  test('since: from the week of that day on', () => {
    const text = 'version: 2\naliases:\n  - { field: os, is: [Old], means: New, since: 2025-08-06 }\n';
    const { version, apply } = readAliases('aliases.yaml', text);
    assert.equal(version, 2);
    const nameOn = (day: string) => apply(system({ osName: 'Old' }), weekOfDay(day)).osName;
    assert.deepEqual(['2025-08-03', '2025-08-04', '2025-09-01'].map(nameOn), ['Old', 'New', 'New']);
  });

  const mistakes: [string, string, RegExp][] = [
    [
      'a spelling with two meanings',
      '  - { field: os, is: [A, B], means: C }\n  - { field: os, is: [B], means: D }\n',
      /^aliases\.yaml:4:23: aliases\[1\]\.is\[0\]: "B" has a meaning already: a spelling can have one only$/,
    ],
    [
      'a meaning that is a spelling',
      '  - { field: os, is: [A], means: B }\n  - { field: os, is: [B], means: C }\n',
      /^aliases\.yaml:3:27: aliases\[0\]\.means: "B" is a spelling itself: name what it means$/,
    ],
    ['a field that has no aliases', '  - { field: version, is: [A], means: B }\n', /aliases\[0\]\.field/],
    ['no spelling', '  - { field: os, is: [], means: B }\n', /expected at least one spelling/],
  ];
  for (const [what, entries, message] of mistakes) {
    test(`H01: ${what}`, () => {
      assert.throws(() => readAliases('aliases.yaml', `version: 1\naliases:\n${entries}`), {
        name: 'ConfigurationError',
        message,
      });
    });
  }
});

describe('the distribution that a vault is taken for', () => {
  const definitions = ['almalinux', 'centos-stream', 'epel', 'fedora', 'rocky', 'universal-blue'].map(
    (name) => rulesOf(name).definition,
  );
  const cell = (osName: string, osVersion: string, repoTag: string, hits: number): CubeCell => ({
    system: system({ osName, osVersion }),
    request: { age: 4 as Age, repoTag, repoArch: 'x86_64' },
    country: 'ZZ',
    hits,
  });
  const chosen = (...cells: CubeCell[]) => chooseDefinition(definitions, WEEK, cells, shipped)?.id;

  test('is the one that counts most of its systems', () => {
    assert.equal(
      chosen(cell('AlmaLinux', '9.4', 'baseos-9', 5), cell('Fedora Linux', '42', 'fedora-42', 4)),
      'almalinux',
    );
    assert.equal(chosen(cell('Fedora', '33', 'fedora-33', 9)), 'fedora');
    assert.equal(
      chosen(cell('Bazzite', '42', 'fedora-42', 9), cell('Fedora Linux', '42', 'fedora-42', 8)),
      'universal-blue',
    );
    assert.equal(chosen(cell('Rocky Linux', '9.4', 'epel-9', 9)), 'epel');
  });

  test('is none where nothing is known, or only by systems of another release', () => {
    assert.equal(chosen(), undefined);
    assert.equal(chosen(cell('Meridian', '9', 'main', 9)), undefined);
    assert.equal(chosen(cell('AlmaLinux', '8.10', 'baseos-9', 9)), undefined);
  });
});
