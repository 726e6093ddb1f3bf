import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { rulesOf, shippedDefinitions, shippedNames } from '../../src/commands/distribution.ts';
import { type DoctorOptions, doctor } from '../../src/commands/doctor.ts';
import { ingest } from '../../src/commands/ingest.ts';
import { agentOfProduct, PRODUCTS, type Product, type Server, targetsOf } from '../../src/fleet/repository-files.ts';
import { simulate } from '../../src/fleet/simulate.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import { NO_NAMES } from '../../src/flow/tallies/naming.ts';
import { type CubeCell, Vault } from '../../src/flow/vault/vault.ts';
import { takeCensus } from '../../src/flow/views/census.ts';
import { readDefinition } from '../../src/flow/views/definition/definition.ts';
import { majorOf, repositoryPattern } from '../../src/flow/views/definition/repository-pattern.ts';
import { censusRulesOf, rolesBy } from '../../src/flow/views/definition/roles.ts';
import { type Checkup, diagnose } from '../../src/flow/views/diagnosis/diagnose.ts';
import { accountTotals, type Rules, surveyWeek } from '../../src/flow/views/survey.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { type Asked, realNamesLog } from '../support/real-names.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { noRandomness } from '../support/vault-contents.ts';
import { checkIn, hourlyLog, LATER, MONDAY, WEEK } from '../support/vault-logs.ts';

const SHIPPED = join(import.meta.dirname, '../../src/flow/views/definition/distributions');
const folder = temporaryFolder();
const SYSTEMS = 30;
const AGENT_OF_FEDORA = 'libdnf (Fedora Linux 43; workstation; Linux.x86_64)';
const AGENTS = ['libdnf', 'rpm-ostree', 'dakota-countme'];
let names = 0;

/** Whose servers a definition is for, and what of their logs it is about. */
const PLACES: Record<string, { servers: Server[]; asked?: Asked }> = {
  almalinux: { servers: ['almalinux'] },
  rocky: { servers: ['rocky'] },
  'centos-stream': { servers: ['centos'] },
  fedora: { servers: ['fedora'] },
  epel: { servers: ['fedora'], asked: { products: () => true, targets: (target) => target.includes('repo=epel') } },
  'universal-blue': {
    servers: ['fedora', 'bluefin'],
    asked: {
      products: ({ name }) => ['Aurora', 'Bazzite', 'Bluefin', 'Bluefin LTS', 'dakota'].includes(name),
      targets: () => true,
    },
  },
};

async function vaultOf(log: string, agent?: string[]): Promise<string> {
  const path = join(folder, `${++names}.log`);
  const vault = join(folder, `${names}.sqlite`);
  writeFileSync(path, log);
  const options = agent === undefined ? { vault } : { vault, agent };
  await ingest([path], options, capture(), clockAt(LATER));
  return vault;
}

async function consult(vault: string, options: Partial<DoctorOptions> = {}): Promise<{ code: number; out: string }> {
  const terminal = capture();
  const code = await doctor({ vault, ...options }, terminal, LATER);
  assert.equal(terminal.errText(), '');
  return { code, out: terminal.outText() };
}

async function realVault(distribution: string): Promise<{ vault: string; products: readonly Product[] }> {
  const { servers, asked } = PLACES[distribution]!;
  const { log, products } = realNamesLog(servers, { systems: SYSTEMS, weeks: 2, firstWeek: WEEK, seed: 7 }, asked);
  return { vault: await vaultOf(log, AGENTS), products };
}

function cellsOf(path: string, week: Week): CubeCell[] {
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    return [...vault.cells(week)];
  } finally {
    vault.close();
  }
}

test('every definition that ships is for the servers of some distribution', () => {
  assert.deepEqual(Object.keys(PLACES).sort(), shippedNames());
});

for (const distribution of shippedNames()) {
  describe(`M2 M7: ${distribution}, asked by today's clients`, async () => {
    const { vault, products } = await realVault(distribution);
    const rules = rulesOf(distribution);
    const week = (WEEK + 1) as Week;
    const cells = cellsOf(vault, week);
    const { definition, aliases } = rules;
    const canonical = ({ name }: Product) =>
      aliases.apply({ client: '', osName: name, osVersion: '', osVariant: '', osArch: '' }, week).osName;
    const own = products.filter((product) => definition.headline.includes(canonical(product)));

    test('each name of the headline is counted, to the last system', () => {
      const counted = new Map<string, number>();
      const { byVersion, systems } = takeCensus(week, cells, rules);
      for (const product of own) {
        const name = `${canonical(product)} ${product.version}`;
        counted.set(name, (counted.get(name) ?? 0) + SYSTEMS);
      }
      assert.deepEqual(new Map(byVersion.toSorted()), new Map([...counted].toSorted()));
      assert.equal(systems, own.length * SYSTEMS);
      assert.deepEqual(new Set(own.map(canonical)), new Set(definition.headline));
    });

    test('no system is counted twice, and every check-in stands for something', () => {
      const roleOf = rolesBy(definition);
      for (const { system, request } of cells) {
        const { kind } = roleOf(aliases.apply(system, week), request);
        assert.notEqual(kind, 'unknown', request.repoTag);
        assert.notEqual(kind, 'unexpanded', request.repoTag);
      }
    });

    test('the doctor has nothing to say', async () => {
      const { code, out } = await consult(vault, { distribution });
      assert.match(out, /^All is well: [\d,]+ check-ins of the week of 2025-08-11, by the definition [a-z-]+; .*\n$/);
      assert.equal(code, 0);
    });

    const file = readFileSync(join(SHIPPED, `${distribution}.yaml`), 'utf8');
    for (const { what, without, isMet } of linesOf(file)) {
      if (!cells.some((cell) => isMet(cell, rolesBy(definition)(aliases.apply(cell.system, week), cell.request).kind)))
        continue;
      test(`without ${what} it speaks up`, () => {
        const text = stringify(without);
        const checkup: Checkup = {
          week,
          cells,
          counting: { rules: { definition: readDefinition('mine.yaml', text), aliases }, file: 'mine.yaml' },
          shipped: shippedDefinitions(),
          rejections: new Map(),
          countedOfWeeks: 0,
          sources: [],
          logs: [],
          addresses: { withoutCountry: 0, all: 1, silent: [], toldApart: [], networks: [] },
          names: { kept: () => NO_NAMES, logsWith: () => [] },
        };
        const said = diagnose(checkup).flatMap(({ title, write }) => [title, ...write]);
        const [, line] = / (\S.*)$/.exec(what)!;
        assert.ok(
          said.some((text) => text.includes(line!)),
          said.join('\n') || 'nothing',
        );
        // Systems of one name and release that ask for either of what stands for the same.
        const either = [...cells, ...cells.flatMap((cell) => underOtherNames(cell, rules, week))];
        const proposed = diagnose({ ...checkup, cells: either }).filter(({ kind }) => kind === 'uncounted');
        const written = proposed.reduce((yaml, { write }) => withLines(yaml, write), without);
        const mended = readDefinition('mine.yaml', stringify(written));
        assert.deepEqual(
          countsOf(either, { definition: mended, aliases }, week),
          countsOf(either, rules, week),
          proposed.flatMap(({ title, details, write }) => [title, ...details, ...write]).join('\n'),
        );
      });
    }
  });
}

type Plain = Record<string, unknown>;

/** The check-in as systems send it that have another of the repositories that stand for the same. */
function underOtherNames(cell: CubeCell, { definition, aliases }: Rules, week: Week): CubeCell[] {
  const system = aliases.apply(cell.system, week);
  const role = rolesBy(definition)(system, cell.request);
  if (role.kind !== 'census' && role.kind !== 'epel') return [];
  const alike = [...censusRulesOf(definition, system.osName), ...(definition.epel ? [definition.epel] : [])]
    .map(({ repository }) => repository)
    .find((patterns) => patterns.some((pattern) => pattern.releaseOf(cell.request.repoTag) !== undefined));
  return alike!
    .filter((pattern) => pattern.releaseOf(cell.request.repoTag) === undefined)
    .map((pattern) => ({ ...cell, request: { ...cell.request, repoTag: pattern.of(role.release) } }));
}

/** The definition with lines that the doctor wrote. */
function withLines(definition: Plain, lines: readonly string[]): Plain {
  if (lines.length === 0) return definition;
  const { census, epel, optional } = parse(lines.join('\n')) as { census?: Plain[]; epel?: Plain; optional?: string[] };
  const result = structuredClone(definition);
  const rules = result['census'] as Plain[];
  for (const rule of census ?? []) {
    const at = rules.findIndex(({ names }) => isDeepStrictEqual(names, rule['names']));
    if (at < 0) rules.push(rule);
    else rules[at] = rule;
  }
  if (epel !== undefined) result['epel'] = { ...(result['epel'] as Plain), ...epel };
  if (optional !== undefined) result['optional'] = [...(result['optional'] as string[]), ...optional];
  return result;
}

function countsOf(cells: readonly CubeCell[], rules: Rules, week: Week): { systems: number; epel: number } {
  const survey = surveyWeek(week, cells, rules);
  const systems = survey.systems.reduce((sum, row) => sum + row.systems, 0);
  return { systems, epel: accountTotals(survey).get('epel') ?? 0 };
}

interface Line {
  what: string;
  without: Plain;
  /** Whether a check-in needs the line. */
  isMet: (cell: CubeCell, kind: string) => boolean;
}

/** The lines of a definition that say what is counted, each with the definition without it. */
function linesOf(yaml: string): Line[] {
  const lines: Line[] = [];
  const definition = parse(yaml) as Plain;
  const walk = (path: (string | number)[], isMetBy: (text: string) => Line['isMet']) => {
    const value = path.reduce<unknown>((at, key) => (at as Plain)?.[key], definition);
    if (Array.isArray(value) && value.length > (path[0] === 'optional' || path[0] === 'names' ? 0 : 1)) {
      for (const at of value.keys()) {
        if (Array.isArray(value[at])) walk([...path, at], isMetBy);
        else {
          const without = structuredClone(definition);
          const list = path.reduce<unknown>((node, key) => (node as Plain)[key], without) as unknown[];
          list.splice(at, 1);
          lines.push({ what: `${path.join('.')} ${value[at]}`, without, isMet: isMetBy(String(value[at])) });
        }
      }
    } else if (Array.isArray(value)) {
      for (const at of value.keys()) if (Array.isArray(value[at])) walk([...path, at], isMetBy);
    }
  };
  const byTag = (pattern: string) => (cell: CubeCell) =>
    repositoryPattern(pattern)?.releaseOf(cell.request.repoTag) !== undefined;
  const byName = (name: string) => (cell: CubeCell, kind: string) =>
    (kind === 'census' || kind === 'epel') && cell.system.osName === name;
  const census = definition['census'] as Plain[];
  for (const at of census.keys()) {
    walk(['census', at, 'repository'], byTag);
    walk(['census', at, 'crosschecks'], byTag);
    if (census.length > 1 && typeof census[at]!['repository'] === 'string') {
      const without = structuredClone(definition);
      (without['census'] as unknown[]).splice(at, 1);
      const text = census[at]!['repository'];
      lines.push({ what: `census.${at} ${text}`, without, isMet: byTag(text) });
    }
  }
  walk(['epel', 'repository'], byTag);
  walk(['optional'], byTag);
  walk(['headline'], byName);
  walk(['names'], byName);
  walk(['editions'], (edition) => (cell, kind) => {
    const { osName, osVariant } = cell.system;
    return kind === 'census' && osVariant === edition && (definition['headline'] as string[]).includes(osName);
  });
  return lines;
}

test('M2: the simulated fleet is counted to the last system, and the doctor has nothing to say', async (context) => {
  const out = temporaryFolder(context);
  const { weeks } = await simulate({ out, systems: 5_000, weeks: 4, firstWeek: WEEK, seed: 1 });
  const vault = join(out, 'vault.sqlite');
  const logs = ['mirror1', 'mirror2'].map((mirror) => join(out, mirror));
  assert.equal(await ingest(logs, { vault }, capture(), clockAt(LATER)), 0);
  const seen = new Set<string>();
  for (const { week, checkIns } of weeks) {
    const { systems } = surveyWeek(week, cellsOf(vault, week), rulesOf('almalinux'));
    assert.equal(
      systems.reduce((sum, row) => sum + row.systems, 0),
      checkIns.census,
    );
    for (const { os } of systems) seen.add(os);
  }
  assert.ok(seen.has('AlmaLinux Kitten'));
  const { code, out: said } = await consult(vault);
  assert.match(said, /^All is well: .*; all but \d{1,2} stand for something\.\n$/);
  assert.equal(code, 0);
});

describe('rollcall doctor', () => {
  test('J3: what no definition counts, worst first, with the very line, and 1', async () => {
    const kitten = (repo: string, hour: number) =>
      checkIn({ time: MONDAY + hour * 3600 + 1, repo, host: `203.1.${hour}.9` });
    const hours = Array.from({ length: 100 }, (_, hour) => hour);
    const log = hourlyLog(WEEK) + hours.map((hour) => kitten('livepatch-9', hour)).join('');
    const vault = await vaultOf(log);
    const { code, out } = await consult(vault);
    assert.equal(code, 1);
    assert.equal(
      out,
      [
        '1 finding, worst first. Looked at: 268 check-ins of the week of 2025-08-04, by the definition almalinux.',
        '',
        '1. 100 check-ins of AlmaLinux 9 ask for livepatch-9, which no definition counts',
        '   These systems are counted already, so it only needs to be known:',
        '   In almalinux.yaml:',
        '       optional:',
        "         - 'livepatch-{release}'",
        '',
      ].join('\n'),
    );
    const { findings, logs } = JSON.parse((await consult(vault, { json: true })).out);
    assert.deepEqual([findings.length, findings[0].kind, findings[0].checkIns, logs.length], [1, 'uncounted', 100, 1]);
    assert.match(
      (await consult(vault, { sources: true })).out,
      /\n\S+: 1 log, 268 check-ins\n {4}\S+\.log \(combined\)\n$/,
    );
  });

  test('of systems that nothing counts, the repository that most ask for is to count them, once', async () => {
    const group = (repo: string, count: number) =>
      Array.from({ length: count }, (_, n) =>
        checkIn({ time: MONDAY + n, repo, agent: 'libdnf (Tern 4.2; generic; Linux.x86_64)', host: `93.184.${n}.1` }),
      ).join('');
    const log = hourlyLog(WEEK).replaceAll(/^10\.0\.(\d+)\.1/gm, '93.184.$1.1');
    const { out } = await consult(await vaultOf(log + group('tern-more-4', 30) + group('tern-base-4', 40)));
    assert.match(
      out,
      /1\. 40 check-ins of Tern 4 ask for tern-base-4, .*\n.*\n.*\n +census:\n +- repository: 'tern-base-\{release\}'\n +names: \[Tern\]\n/,
    );
    assert.match(
      out,
      /2\. 30 check-ins of Tern 4 ask for tern-more-4, .*\n +With that rule it only needs to be known:\n.*\n +optional:\n/,
    );
  });

  test('what another definition that ships counts is not proposed for this one', async () => {
    const fedora = ['fedora-43', 'updates-released-f43'].flatMap((repo) =>
      Array.from({ length: 40 }, (_, n) =>
        checkIn({ time: MONDAY + n, repo, agent: AGENT_OF_FEDORA, host: `93.184.${n}.1` }),
      ),
    );
    const { out } = await consult(await vaultOf(hourlyLog(WEEK) + fedora.join('')), { distribution: 'almalinux' });
    assert.match(
      out,
      /80 check-ins of Fedora Linux 43 ask for fedora-43, updates-released-f43, which the definition fedora knows\n/,
    );
    assert.match(out, /\n +rollcall publish --distribution fedora --out FOLDER\n/);
    assert.doesNotMatch(out, /census:/);
  });

  test('M2: a variable of Rocky Linux that the client does not know hides no system', async () => {
    const agent = 'libdnf (Rocky Linux 9.6; generic; Linux.x86_64)';
    const asks = ['BaseOS-9$rltype', 'AppStream-9%24rltype', 'BaseOS-9'];
    const log = asks.flatMap((repo) =>
      Array.from({ length: 20 }, (_, n) => checkIn({ time: MONDAY + n, repo, agent, host: `93.184.${n}.1` })),
    );
    const vault = await vaultOf(log.join(''));
    assert.equal(takeCensus(WEEK, cellsOf(vault, WEEK), rulesOf('rocky')).systems, 40);
    assert.match((await consult(vault)).out, /All is well: .* definition rocky; every one stands/);
  });

  for (const [repos, proposed] of [
    [['tern-apps-4', 'tern-base-4'], /\n +census:\n +- repository: 'tern-base-\{release\}'\n/],
    [['tern-one-4', 'tern-two-4'], /they ask for several as often/],
  ] as const) {
    test(`of ${repos.join(' and ')}, asked for alike, the first by the alphabet is not taken for the base`, async () => {
      const agent = 'libdnf (Tern 4.2; generic; Linux.x86_64)';
      const log = repos.flatMap((repo) =>
        Array.from({ length: 40 }, (_, n) => checkIn({ time: MONDAY + n, repo, agent, host: `93.184.${n}.1` })),
      );
      const { out } = await consult(await vaultOf(hourlyLog(WEEK) + log.join('')));
      assert.match(out, proposed);
      assert.doesNotMatch(out, /- repository: '(?!tern-base-)/);
    });
  }

  test('M7: a variable that rpm-ostree does not know, as it stands in the log', async () => {
    const bluefin = PRODUCTS.find(({ name }) => name === 'Bluefin LTS')!;
    const image: Product = { ...bluefin, client: 'rpm-ostree' };
    const [target] = targetsOf(image, 'fedora');
    assert.match(target!, /repo=epel\$\{releasever_minor:\+-z\}-10&/);
    const line = (time: number) =>
      checkIn({ time, agent: agentOfProduct(image) }).replace(/"GET \S+/, `"GET ${target}&countme=1`);
    const lines = Array.from({ length: 20 }, (_, n) => line(MONDAY + n));
    const { code, out } = await consult(await vaultOf(hourlyLog(WEEK) + lines.join('')), { distribution: 'epel' });
    assert.equal(code, 1);
    assert.match(
      out,
      /20 check-ins of Bluefin LTS 10 name a variable that the program did not know: epel\$\{releasever_/,
    );
  });

  test('rejections, logs of which nothing was counted, addresses that say nothing: what to do', async () => {
    const lost = Array.from({ length: 40 }, (_, n) => checkIn({ time: MONDAY + n, status: 503 })).join('');
    const { out } = await consult(await vaultOf((hourlyLog(WEEK) + lost).replaceAll(/^203\.0/gm, '10.0')));
    assert.match(
      out,
      /40 requests with countme \(19 %\) were not counted: status\n {3}The server answered with an error/,
    );
    assert.match(out, /the addresses that .* logs say nothing: 168 of 168 check-ins have a local one/);
    const none = await consult(await vaultOf(lost));
    assert.equal(none.code, 1);
    assert.match(none.out, /\.log: 40 requests with countme, and none was counted\n/);
  });

  test('a client of the definition that is not counted', async () => {
    const { servers, asked } = PLACES['universal-blue']!;
    const { log } = realNamesLog(servers, { systems: SYSTEMS, weeks: 1, firstWeek: WEEK, seed: 3 }, asked);
    const { code, out } = await consult(await vaultOf(log), { distribution: 'universal-blue' });
    assert.equal(code, 1);
    assert.match(out, /30 requests were not counted for their program, and none was counted of dakota-countme/);
    assert.match(out, /rollcall recount --agent libdnf,rpm-ostree,dakota-countme LOG/);
  });

  test('R11: what one network sends is named, and who sends the rest is counted', async () => {
    const forged = Array.from({ length: 300 }, (_, n) => checkIn({ time: MONDAY + n * 60, host: '198.51.99.7' })).join(
      '',
    );
    const { code, out } = await consult(await vaultOf(hourlyLog(WEEK) + forged));
    assert.equal(code, 1);
    assert.match(out, /Looked at: 1\d\d check-ins/);
    assert.match(out, /30\d check-ins of AlmaLinux came from single networks, and count as no systems/);
  });

  test('a source that fell silent', () => {
    const checkup: Checkup = {
      week: WEEK,
      cells: [],
      counting: undefined,
      shipped: [],
      rejections: new Map(),
      countedOfWeeks: 0,
      sources: [
        { label: '/srv/mirror2', weeks: 5, last: (WEEK - 1) as Week },
        { label: '/srv/mirror1', weeks: 5, last: WEEK },
        { label: '/srv/test', weeks: 1, last: (WEEK - 9) as Week },
      ],
      logs: [],
      addresses: { withoutCountry: 0, all: 0, silent: [], toldApart: [], networks: [] },
      names: { kept: () => NO_NAMES, logsWith: () => [] },
    };
    const [finding, ...others] = diagnose(checkup);
    assert.deepEqual(others, []);
    assert.equal(finding!.title, '/srv/mirror2 has handed in no logs since the week of 2025-07-28');
    assert.deepEqual(finding!.write, ['retired_sources:', '  - "/srv/mirror2"']);
  });

  test('S1: names of strangers cannot steer a terminal, nor a definition', async () => {
    const agents = ['\\x1B]0;owned\\x07', "x'y: [z", 'x: {y}'].map(
      (name) => `libdnf (${name} 9; generic; Linux.x86_64)`,
    );
    const log = agents.flatMap((agent) =>
      Array.from({ length: 30 }, (_, n) =>
        checkIn({ time: MONDAY + n, agent, repo: n % 2 === 0 ? 'baseos-9' : '%1B[2J-9' }),
      ),
    );
    const { out } = await consult(await vaultOf(hourlyLog(WEEK) + log.join('')));
    assert.doesNotMatch(out, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    assert.match(out, / {9}- "x'y: \[z"\n/);
  });

  test('C5: a flood of names is named by its field and by who sent it, and nothing of it is to be listed', async () => {
    const flood = (of: (n: number) => { agent?: string; repo?: string }, networks: number) =>
      Array.from({ length: 1_500 }, (_, n) =>
        checkIn({ time: MONDAY + n, host: `198.51.${n % networks}.7`, ...of(n) }),
      ).join('');
    const makers: [string, RegExp, (n: number) => { agent?: string; repo?: string }][] = [
      ['os names', /os names/, (n) => ({ agent: `libdnf (Made${n} 9.4; generic; Linux.x86_64)` })],
      ['editions', /editions/, (n) => ({ agent: `libdnf (AlmaLinux 9.4; made${n}; Linux.x86_64)` })],
      ['repositories', /repositories/, (n) => ({ repo: `made-${n}x` })],
    ];
    for (const [what, expected, of] of makers) {
      for (const networks of [1, 200]) {
        const { code, out } = await consult(await vaultOf(hourlyLog(WEEK) + flood(of, networks)));
        assert.equal(code, 1);
        const [title] = /[^\n]* check-ins name [^\n]*/.exec(out) ?? [''];
        assert.match(title, expected, what);
        assert.match(
          title,
          networks === 1 ? /single networks|one network/ : /three networks or more|no single network/,
        );
        assert.doesNotMatch(out, /- '?other/);
        assert.match(out, /They came from US \(\d+ %\).*, and most stand in \S+\.log \(1,[45]\d\d\)/);
        assert.equal(/answer 404 to who asks for what you have not/.test(out), what === 'repositories');
      }
    }
    assert.doesNotMatch((await consult(await vaultOf(hourlyLog(WEEK)))).out, /that nobody else does/);
  });

  test('C7: a name that one log had no room for, and a later one had, is said to be counted too low', async () => {
    const agentOf = (name: string) => `libdnf (${name} 3.1; generic; Linux.x86_64)`;
    const zebrix = (count: number, minute: number) =>
      Array.from({ length: count }, (_, n) =>
        checkIn({ time: MONDAY + minute * 60 + n, host: `203.0.${n % 200}.7`, agent: agentOf('Zebrix') }),
      ).join('');
    const flood = Array.from({ length: 2_500 }, (_, n) =>
      checkIn({ time: MONDAY + n, host: `198.51.${n % 200}.7`, agent: agentOf(`Made${n}`) }),
    ).join('');
    const vault = await vaultOf(flood + zebrix(1, 50));
    const later = join(folder, 'later.log');
    writeFileSync(later, zebrix(300, 200));
    await ingest([later], { vault }, capture(), clockAt(LATER));
    assert.match(
      (await consult(vault)).out,
      /New names of this week may be counted too low, as logs before them may have had no room for them: "Zebrix" \(300\)/,
    );
  });

  test('a vault without logs says what to do', async () => {
    const vault = await vaultOf('');
    await assert.rejects(() => consult(vault), /holds no logs yet: count some with "rollcall ingest"/);
  });
});

test('majors of products are releases that patterns can hold', () => {
  for (const { version } of PRODUCTS) assert.ok(version === 'latest' || /^\d{1,2}$/.test(majorOf(version)!));
});
