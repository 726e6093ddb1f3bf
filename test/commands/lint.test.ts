import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type LintOptions, lint } from '../../src/commands/lint.ts';
import { capture } from '../support/in-process.ts';
import { mirrorText } from '../support/memory-catalogue.ts';
import { writeMirrorFolder } from '../support/mirror-folder.ts';
import { serviceConfiguration } from '../support/mirror-service-configuration.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function run(folder: string, options: LintOptions = {}) {
  const terminal = capture();
  const code = lint(folder, options, terminal);
  return { code, out: terminal.outText().replaceAll(`${folder}/`, '') };
}

function folderOf(mirrors: Record<string, string>): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'mirrors.d'));
  writeFileSync(join(folder, 'config.yml'), serviceConfiguration());
  for (const [name, text] of Object.entries(mirrors)) writeFileSync(join(folder, 'mirrors.d', name), text);
  return folder;
}

/** What lint says of one mirror, `m.example.org`, with these lines. */
function about(...lines: string[]): { code: number; out: string } {
  return run(folderOf({ 'm.example.org.yml': mirrorText('m.example.org', ...lines) }));
}

describe('rollcall lint', () => {
  const folder = temporaryFolder();
  const { mirrors: planned } = writeMirrorFolder(folder, 4);
  const { code, out } = run(folder);
  const told = (text: string) => out.split('\n').filter((line) => line.includes(text)).length;

  test('is green on a folder of the real size, and tells all its oddities', () => {
    assert.equal(code, 0);
    assert.match(out, /: 530 mirrors can be served; 0 errors, \d+ warnings\.\n$/);
    assert.equal(told('it is parked'), 21);
    assert.equal(told('stands in a file of another name'), 36);
    assert.equal(told('has no https'), planned.filter((one) => !one.https && !one.private && !one.cloud).length);
    const nowhere = planned.filter((one) => (one.country ?? '') === '' && !one.private && !one.cloud).length;
    assert.equal(told('has no country'), nowhere);
    assert.equal(told('unknown key'), 3);
    assert.equal(told('is a monopoly'), 0, 'those of the real folder are single addresses');
  });

  test('says file, line, column, what is wrong and what to do, as compilers do', () => {
    const { code, out } = about('private: perhaps');
    assert.equal(code, 1);
    assert.match(out, /^error: mirrors\.d\/m\.example\.org\.yml:10:1: private: expected true or false; a mirror/m);
  });

  test('finds nothing wrong with a good mirror', () => {
    const { code, out } = about();
    assert.equal(code, 0);
    assert.match(out, /: 1 mirror can be served; 0 errors, 0 warnings\.\n$/);
  });

  const warnings: [string, string[], RegExp][] = [
    ['private without networks', ['private: true'], /:10:1: private: .* it is parked/],
    ['a monopoly without networks', ['monopoly: true'], /:10:1: monopoly: .* neither subnets nor asn/],
    [
      'a monopoly wider than its subnets',
      ['monopoly: true', 'subnets: [192.0.2.0/24]', 'asn: [64496, 64497]'],
      /:10:1: monopoly: .* wider than its subnets: all systems in AS64496, AS64497 get this mirror alone/,
    ],
    [
      'a monopoly over a wide network',
      ['monopoly: true', 'subnets: [198.16.0.0/12]'],
      /monopoly over 198\.16\.0\.0\/12/,
    ],
    ['no country', ['geolocation:', '  city: Here'], /:8:1: geolocation: has no country/],
  ];
  for (const [what, lines, expected] of warnings) {
    test(`warns of ${what}`, () => {
      const { code, out } = about(...lines);
      assert.equal(code, 0);
      assert.match(out, expected);
    });
  }

  test('a country that nobody knows is told once', () => {
    const { out } = about('geolocation:', '  country: Atlantis');
    assert.match(out, /1 warning\.\n$/);
  });

  test('warns of two mirrors with the same address, and of a file under another name', () => {
    const { code, out } = run(
      folderOf({
        'a.example.org.yml': mirrorText('a.example.org'),
        'other.yml': mirrorText('a.example.org').replace('name: a', 'name: b'),
      }),
    );
    assert.equal(code, 0);
    assert.match(
      out,
      /other\.yml:2:1: address: http:\/\/a\.example\.org\/almalinux is an address of a\.example\.org in mirrors\.d\/a\.example\.org\.yml too/,
    );
    assert.match(
      out,
      /other\.yml:1:1: name: b\.example\.org stands in a file of another name; rename the file b\.example\.org\.yml/,
    );
  });

  test('the same name twice is an error', () => {
    const { code, out } = run(
      folderOf({ 'a.example.org.yml': mirrorText('a.example.org'), 'b.yml': mirrorText('A.example.org') }),
    );
    assert.equal(code, 1);
    assert.match(
      out,
      /^error: mirrors\.d\/b\.yml:1:1: name: a\.example\.org is in mirrors\.d\/a\.example\.org\.yml:1 already/,
    );
  });

  test('for a pull request: only its files, and strictly', () => {
    const folder = folderOf({
      'old.example.org.yml': mirrorText('old.example.org', 'private: true'),
      'new.example.org.yml': mirrorText('new.example.org'),
      'newer.example.org.yml': mirrorText('newer.example.org', 'Private: true'),
    });
    const only = (name: string) => run(folder, { strict: true, only: [`mirrors.d/${name}.example.org.yml`] });
    assert.equal(only('new').code, 0);
    assert.equal(only('newer').code, 1);
    assert.match(
      only('newer').out,
      /^warning: mirrors\.d\/newer\.example\.org\.yml:10:1: Private: unknown key.*private\?\n.*: 3 mirrors/,
    );
    assert.equal(only('old').code, 1);
    assert.equal(run(folder).code, 0);
    assert.equal(run(folder, { strict: true }).code, 1);
  });

  test('as JSON for machines', () => {
    const folder = folderOf({ 'm.example.org.yml': mirrorText('m.example.org', 'private: true') });
    const { code, out } = run(folder, { json: true });
    assert.equal(code, 0);
    const { mirrors, errors, warnings } = JSON.parse(out) as {
      mirrors: number;
      errors: unknown[];
      warnings: unknown[];
    };
    assert.deepEqual({ mirrors, errors }, { mirrors: 1, errors: [] });
    assert.deepEqual(warnings, [
      {
        file: 'mirrors.d/m.example.org.yml',
        line: 10,
        column: 1,
        path: 'private',
        message: 'is private and has neither subnets nor asn: it is parked, nobody is ever sent to it',
        hint: 'write its subnets or asn, or remove the file',
      },
    ]);
  });

  test('a folder without configuration is a mistake of the call', () => {
    const empty = temporaryFolder();
    assert.throws(() => run(empty), { name: 'UsageError', message: /there is no config\.yml; give the folder/ });
    assert.throws(() => run(join(empty, 'missing')), { name: 'UsageError', message: /no such folder or file/ });
  });
});
