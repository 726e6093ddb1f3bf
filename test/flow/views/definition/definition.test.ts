import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readAnnotations } from '../../../../src/flow/views/definition/annotations.ts';
import { ConfigurationError } from '../../../../src/flow/views/definition/configuration-file.ts';
import { readDefinition } from '../../../../src/flow/views/definition/definition.ts';
import { repositoryPattern } from '../../../../src/flow/views/definition/repository-pattern.ts';
import { mondayOf, weekOfDay } from '../../../../src/flow/views/publication/week-name.ts';

const SHIPPED = join(import.meta.dirname, '../../../../src/flow/views/definition/distributions');

/** Six lines; what a test adds begins on the seventh. */
const MERIDIAN = `id: meridian
name: Meridian
homepage: https://meridian.example/
headline: [Meridian]
census:
  - repository: base-{release}
`;

const configurationError = (message: RegExp | string) => (error: Error) => {
  assert.ok(error instanceof ConfigurationError, String(error.stack));
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

describe('definitions of distributions', () => {
  const names = readdirSync(SHIPPED).filter((name) => name !== 'aliases.yaml');
  for (const name of names) {
    test(`${name}, which ships with Rollcall, is valid, and its file is named for its id`, () => {
      const definition = readDefinition(name, readFileSync(join(SHIPPED, name), 'utf8'));
      assert.equal(`${definition.id}.yaml`, name);
    });
  }

  test('AlmaLinux, Fedora, EPEL, Rocky, CentOS Stream and Universal Blue ship', () => {
    const expected = ['almalinux', 'centos-stream', 'epel', 'fedora', 'rocky', 'universal-blue'];
    assert.deepEqual(
      names.map((name) => name.replace('.yaml', '')),
      expected,
    );
  });

  test('the weeks that others leave out by hand are C', () => {
    const doubtful = (name: string) =>
      readDefinition(name, readFileSync(join(SHIPPED, `${name}.yaml`), 'utf8'))
        .annotations.filter(({ grade, date }) => grade === 'C' && date > '2021')
        .map(({ date }) => mondayOf(weekOfDay(date)));
    for (const name of ['fedora', 'epel', 'universal-blue'])
      assert.deepEqual(doubtful(name), ['2024-12-23', '2025-06-30'], name);
    assert.deepEqual(doubtful('rocky'), ['2023-05-01', '2023-05-08', '2023-10-23', '2023-10-30']);
  });

  test('six lines are enough, and protect small groups', () => {
    const definition = readDefinition('meridian.yaml', MERIDIAN);
    assert.deepEqual(definition.small_groups, { k: 10, networks: 3 });
    assert.equal(definition.as_published, false);
  });

  const mistakes: [string, string, RegExp | string][] = [
    ['an unknown key', 'editons: [kde]\n', 'mine.yaml:7:1: editons: unknown key; is it misspelt?'],
    [
      'an unknown key inside',
      'small_groups: { K: 20 }\n',
      /^mine\.yaml:7:17: small_groups\.K: unknown key; is it misspelt\?$/,
    ],
    [
      'a cross-check that is the census repository',
      "    crosschecks: ['base-{release}']\n",
      'mine.yaml:7:19: census[0].crosschecks[0]: is matched by census[0].repository too: a repository can have one role only',
    ],
    [
      'EPEL that is the census repository',
      "epel: { repository: 'base-{release}' }\n",
      /^mine\.yaml:7:9: epel\.repository: is matched by census\[0\]\.repository too/,
    ],
    [
      'a second census rule for the same repository',
      "  - repository: 'other-{release}'\n    crosschecks: ['base-{release}']\n",
      /census\[1\]\.crosschecks\[0\]: is matched by census\[0\]\.repository too/,
    ],
    [
      'a pattern that takes in one before it',
      "    crosschecks: ['{release}']\n  - repository: '1{release}'\n",
      /census\[1\]\.repository: is matched by census\[0\]\.crosschecks\[0\] too/,
    ],
    [
      'a pattern that is taken in by one before it',
      "    crosschecks: ['1{release}']\n  - repository: '{release}'\n",
      /census\[1\]\.repository: is matched by census\[0\]\.crosschecks\[0\] too/,
    ],
    [
      'a repository without its release',
      "    crosschecks: ['updates']\n",
      'mine.yaml:7:19: census[0].crosschecks[0]: expected a repository with {release} once, such as baseos-{release}',
    ],
    ['the release twice', "    crosschecks: ['{release}-{release}']\n", /\{release\} once/],
    [
      'a list of repositories of which one has no release',
      "  - repository: ['other-{release}', 'other']\n",
      'mine.yaml:7:37: census[1].repository[1]: expected a repository with {release} once, such as baseos-{release}',
    ],
    [
      'an empty list of repositories',
      '  - repository: []\n',
      /census\[1\]\.repository: expected at least one repository/,
    ],
    ['no repository', '  - names: [Meridian Images]\n', /census\[1\]\.repository: is missing or empty/],
    [
      'a name that two rules count',
      '  - { repository: a, names: [Tern] }\n  - { repository: b, names: [Meridian, Tern] }\n',
      'mine.yaml:8:40: census[2].names[1]: is named by census[1] too: one rule counts it',
    ],
    [
      'a repository with two roles for one name',
      "  - { repository: 'x-{release}', names: [Tern] }\nepel: { repository: 'x-{release}' }\n",
      /^mine\.yaml:8:9: epel\.repository: is matched by census\[1\]\.repository too/,
    ],
    [
      'a client that is no word',
      'clients: [dakota countme]\n',
      /clients\[0\]: expected the first word of a User-Agent/,
    ],
    [
      'a version without quotes',
      'releases:\n  - { os: Meridian, version: 8.10 }\n',
      'mine.yaml:8:21: releases[0].version: expected text: put the version in quotes, as 8.10 would be read as 8.1',
    ],
    [
      'repo_age_up_to without quotes',
      'repo_age_up_to: 9\n',
      /^mine\.yaml:7:1: repo_age_up_to: expected text: put the version in quotes$/,
    ],
    [
      'a day that does not exist',
      "releases:\n  - { os: Meridian, version: '9', released: 2025-02-31 }\n",
      /^mine\.yaml:8:35: releases\[0\]\.released: expected a day that exists, such as 2025-05-27$/,
    ],
    [
      'an end of life before the release',
      "releases:\n  - { os: Meridian, version: '9', released: 2025-02-28, end_of_life: 2025-02-28 }\n",
      /^mine\.yaml:8:57: releases\[0\]\.end_of_life: is not after the release on 2025-02-28$/,
    ],
    [
      'k below 5',
      'small_groups: { k: 4 }\n',
      /^mine\.yaml:7:17: small_groups\.k: expected 5 or more: smaller groups cannot be protected$/,
    ],
    ['fewer networks', 'small_groups: { networks: 2 }\n', /small_groups\.networks: expected 3/],
    ['an edition in capitals', 'editions: [KDE]\n', /^mine\.yaml:7:12: editions\[0\]: expected small letters/],
    [
      'F03: a name that a spreadsheet computes',
      'names: ["=cmd"]\n',
      /^mine\.yaml:7:9: names\[0\]: expected text that no spreadsheet/,
    ],
    [
      'an address that runs a script',
      'site_url: javascript:alert(1)\n',
      /^mine\.yaml:7:1: site_url: expected an address such as https:/,
    ],
    ['a key twice', 'name: Other\n', /^mine\.yaml:7:1: name: is given twice: remove one$/],
    ['a tab', '\teditions: [kde]\n', /^mine\.yaml:7:1: not YAML: Tabs are not allowed/],
    [
      'a repository without quotes in a list',
      '    crosschecks: [updates-{release}]\n',
      /^mine\.yaml:7:27: not YAML: .*; inside \[\.\.\.\] write 'baseos-\{release\}' with its quotes$/,
    ],
    ['a star without quotes', 'editions: [*all]\n', /^mine\.yaml:7:12: not YAML: Unresolved alias .*in quotes$/],
    ['two documents', '---\nid: other\n', /not YAML: .*documents/],
  ];
  for (const [what, added, message] of mistakes) {
    test(`H01: ${what}: file, place, path and what to write`, () => {
      assert.throws(() => readDefinition('mine.yaml', MERIDIAN + added), configurationError(message));
    });
  }

  test('M1: rules for other names may count in the same repository, and in one without releases', () => {
    const text = `${MERIDIAN}  - { repository: ['base-{release}', 'image'], names: [Meridian Images] }\n`;
    const { census } = readDefinition('meridian.yaml', text);
    assert.deepEqual(
      census.map(({ repository, names }) => [repository.map((pattern) => pattern.text), names]),
      [
        [['base-{release}'], undefined],
        [['base-{release}', 'image'], ['Meridian Images']],
      ],
    );
  });

  test('H01 F01: keys of a stranger steer no terminal, and are short', async () => {
    const key = `a\\e[31m\\a\\u202e\\n${'x'.repeat(300)}`;
    assert.throws(
      () => readDefinition('mine.yaml', `${MERIDIAN}"${key}": 1\n`),
      configurationError(/^mine\.yaml:7:1: a\?\[31m\?+x{1,80}…: unknown key; is it misspelt\?$/),
    );
    const warnings: string[] = [];
    const note = ({ message }: Error) => void warnings.push(message);
    process.on('warning', note);
    assert.throws(
      () => readDefinition('mine.yaml', `${MERIDIAN}? [\x85\u202e]\n: 1\n`),
      configurationError(/unknown key/),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    assert.deepEqual(warnings, []);
    for (const text of ['*\x1b[2J', '"\x9b": 1', '{&\u202e: *\u202e}']) {
      try {
        readDefinition('mine.yaml', MERIDIAN + text);
      } catch (error) {
        assert.doesNotMatch((error as Error).message, /[\p{Cc}\p{Cf}]/u);
      }
    }
  });

  test('H02: what stands behind a key is not repeated, nor is the environment', () => {
    process.env['ROLLCALL_TEST_SECRET'] = 'hunter2';
    const text = `${MERIDIAN}password: hunter2\nlicence: [hunter2]\nsmall_groups: { k: hunter2 }\n`;
    assert.throws(
      () => readDefinition('mine.yaml', text),
      (error: Error) => /password: unknown key/.test(error.message) && !error.message.includes('hunter2'),
    );
    delete process.env['ROLLCALL_TEST_SECRET'];
  });

  // Each took minutes, or as much memory as there is; the limit is on what is looked at, not on a clock.
  const list = (text: (n: number) => string, count: number) =>
    Array.from({ length: count }, (_, n) => text(n)).join('');
  const hostile: [string, string, RegExp][] = [
    ['200,000 keys', list((n) => `k${n}: 1\n`, 200_000), /longer than 262144 characters/],
    ['20,000 keys', list((n) => `k${n}: 1\n`, 20_000), /unknown key.*\n.* and \d+ more$/s],
    ['a key 40,000 times', 'a: 1\n'.repeat(40_000), /^mine\.yaml:8:1: a: is given twice: remove one$/],
    ['50,000 brackets', `a: ${'['.repeat(50_000)}`, /nested too deeply/],
    [
      'aliases of aliases',
      `a: &a [1]\n${list((n) => `k${n}: &k${n} [${`*${n === 0 ? 'a' : `k${n - 1}`},`.repeat(9)}]\n`, 30)}`,
      /not YAML: Excessive alias count/,
    ],
    [
      '7,000 repositories',
      list((n) => `  - repository: r${n}-{release}\n`, 7_000),
      /names 7001 repositories: expected 500/,
    ],
  ];
  for (const [what, added, message] of hostile) {
    test(`H01: ${what}: told at once`, () => {
      assert.throws(() => readDefinition('mine.yaml', MERIDIAN + added), configurationError(message));
    });
  }

  test('H01: all mistakes are named at once', () => {
    const text = MERIDIAN.replace('id: meridian', 'id: "../x"').replace('[Meridian]', '[]');
    assert.throws(
      () => readDefinition('mine.yaml', `${text}nonsense: 1\n`),
      configurationError(
        /^mine\.yaml:1:1: id: expected small letters.*\nmine\.yaml:4:1: headline: .*\nmine\.yaml:7:1: nonsense: .*$/,
      ),
    );
  });

  test('H01: an empty file and one that holds something else', () => {
    for (const text of ['', '# nothing\n', '- a\n', 'text\n', 'name: Meridian\n']) {
      assert.throws(() => readDefinition('mine.yaml', text), configurationError(/^mine\.yaml/));
    }
  });

  test('YAML 1.2: a country code or an edition "no" stays a word', () => {
    assert.deepEqual(readDefinition('mine.yaml', `${MERIDIAN}editions: [no, on]\n`).editions, ['no', 'on']);
  });
});

describe('annotations', () => {
  test('a list of events; without any the file may be empty', () => {
    const text = '- { date: 2024-02-29, kind: outage, text: Logs lost, grade: X }\n';
    assert.deepEqual(readAnnotations('events.yaml', text), [
      { date: '2024-02-29', kind: 'outage', of: 'systems', text: 'Logs lost', grade: 'X' },
    ]);
    assert.deepEqual(readAnnotations('events.yaml', '# - date: 2024-02-29\n'), []);
  });

  const mistakes: [string, string, RegExp][] = [
    [
      '31 February',
      '- { date: 2025-02-31, kind: note, text: x }\n',
      /^e\.yaml:1:5: \[0\]\.date: expected a day that exists, such as 2025-05-27$/,
    ],
    ['29 February of another year', '- { date: 2025-02-29, kind: note, text: x }\n', /expected a day that exists/],
    ['a moment', '- { date: 2025-02-28T10:00Z, kind: note, text: x }\n', /expected a day that exists/],
    [
      'a grade of its own',
      '- { date: 2025-02-28, kind: note, text: x, grade: A }\n',
      /^e\.yaml:1:44: \[0\]\.grade: .*"C"\|"X"/,
    ],
    ['no text', '- { date: 2025-02-28, kind: note, text: "" }\n', /text: expected a sentence for readers/],
    ['a novel', `- { date: 2025-02-28, kind: note, text: ${'x'.repeat(201)} }\n`, /at most 200 characters/],
    [
      'a link that runs a script',
      '- { date: 2025-02-28, kind: note, text: x, url: "javascript:alert(1)" }\n',
      /url: expected an address/,
    ],
    ['no list', 'date: 2025-02-28\n', /^e\.yaml: the file: expected a list of events/],
    ['an unknown key', '- { date: 2025-02-28, kind: note, text: x, colour: red }\n', /\[0\]\.colour: unknown key/],
  ];
  for (const [what, text, message] of mistakes) {
    test(`H01: ${what}`, () => {
      assert.throws(() => readAnnotations('e.yaml', text), configurationError(message));
    });
  }
});

describe('patterns of repositories', () => {
  const releases: [string, string, string | undefined][] = [
    ['baseos-{release}', 'baseos-9', '9'],
    ['baseos-{release}', 'baseos-9.4', '9'],
    ['baseos-{release}', 'baseos-10', '10'],
    ['baseos-{release}', 'baseos-9-debug', undefined],
    ['baseos-{release}', 'xbaseos-9', undefined],
    ['baseos-{release}', 'baseos-', undefined],
    ['a.b+{release}(x)', 'a.b+9(x)', '9'],
    ['a.b+{release}(x)', 'aXb+9(x)', undefined],
    ['centos-baseos-{release}-stream', 'centos-baseos-10-stream', '10'],
    ['baseos-{release}-kitten', 'baseos-10-kitten', '10'],
    ['baseos-{release}', 'baseos-10-kitten', undefined],
    ['epel-z-{release}', 'epel-z-10.1', '10'],
    ['dakota', 'dakota', ''],
    ['dakota', 'dakota-10', undefined],
  ];
  for (const [pattern, tag, release] of releases) {
    test(`${pattern} in ${tag}: ${release ?? 'another repository'}`, () => {
      assert.equal(repositoryPattern(pattern)!.releaseOf(tag), release);
    });
  }

  test('F07: a number that is no release is no way to have a message published', () => {
    const pattern = repositoryPattern('baseos-{release}')!;
    for (const tag of ['baseos-5551234567', 'baseos-9.20250804', 'baseos-123'])
      assert.equal(pattern.releaseOf(tag), undefined);
  });
});
