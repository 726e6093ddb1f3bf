import { OTHER } from '../../sightings/clean-text.ts';
import { COUNTING_CLIENTS } from '../../sightings/system.ts';
import { mondayOf, type Week } from '../../sightings/week.ts';
import type { CubeCell, NetworksOfWeek, SourceAddresses } from '../../vault/vault.ts';
import { NOTHING } from '../definition/accounts.ts';
import type { Definition } from '../definition/definition.ts';
import { accountTotals, type Rules, type Survey, surveyAccounts, surveyWeek } from '../survey.ts';
import { counted, type Finding, isWorthAWord, LEAST_CHECK_INS, listed, percent } from './finding.ts';
import { floods, type NamesSeen } from './floods.ts';
import { missingLines, quoted } from './missing-lines.ts';
import { describeSilence, LOG_ADDRESSES } from './silent-addresses.ts';

/** What a vault knows of itself, to be looked at. */
export interface Checkup {
  /** The week that is looked at: the newest that is whole. */
  week: Week;
  cells: readonly CubeCell[];
  /** What counts it; undefined if no definition that is known counts anything in it. */
  counting: { rules: Rules; file: string } | undefined;
  /** Definitions that ship: what one does not count another may. */
  shipped: readonly Definition[];
  /** Of the weeks that were looked back at, and of lines whose week is not known. */
  rejections: ReadonlyMap<string, number>;
  /** Check-ins counted in these weeks. */
  countedOfWeeks: number;
  sources: readonly SourceSeen[];
  logs: readonly LogSeen[];
  addresses: AddressesSeen;
  /** Which names are kept, and what tells where a flood of others stands. */
  names: Pick<NamesSeen, 'kept' | 'logsWith'>;
}

export interface SourceSeen {
  label: string;
  /** Weeks in which it had lines. */
  weeks: number;
  last: Week;
}

/** A log of the ledger. */
export interface LogSeen {
  name: string;
  source: string;
  candidates: number;
  counted: number;
  /** In which it was read; undefined if the ledger does not say. */
  format: string | undefined;
}

/** What is known of the addresses that check-ins of the week came from. */
export interface AddressesSeen {
  /** Check-ins of which no country is known. */
  withoutCountry: number;
  all: number;
  /** Those of the week's sources that say nothing. */
  silent: readonly SourceAddresses[];
  /** Check-ins that are told apart, as one network sent them. */
  toldApart: readonly CubeCell[];
  /** Of its systems. */
  networks: NetworksOfWeek['systems'];
}

/** A source that had lines in so many weeks is expected to go on (J2). */
const ESTABLISHED_WEEKS = 3;
/** A reason that takes more of the candidates than this is no accident. */
const MANY_REJECTED = 0.02;
const MANY_WITHOUT_SYSTEM = 0.05;
const MANY_WITHOUT_COUNTRY = 0.25;
/** Of the systems: such a name, or edition, belongs into a list. */
const LISTED_FROM = 0.01;

/** How many check-ins of the week stand for nothing. */
export function standingForNothing({ week, cells, counting }: Checkup): number {
  if (counting === undefined) return 0;
  const totals = accountTotals({ accounts: surveyAccounts(week, cells, counting.rules) });
  return sum([...NOTHING, 'no-system' as const].map((account) => totals.get(account) ?? 0));
}

/** What is wrong, or might be, worst first. */
export function diagnose(checkup: Checkup): Finding[] {
  const { week, cells, counting } = checkup;
  const ofDefinition =
    counting === undefined
      ? noDefinition(checkup)
      : ofRules(surveyWeek(week, cells, counting.rules), counting, checkup);
  const findings = [
    ...ofDefinition,
    ...rejected(checkup),
    ...nothingCounted(checkup),
    ...silentAddresses(checkup),
    ...fromOneNetwork(checkup),
    ...floods({ cells, ...checkup.addresses, ...checkup.names }),
    ...silent(checkup),
    ...withoutCountry(checkup),
    ...guessed(checkup),
  ];
  return findings.sort((a, b) => b.checkIns - a.checkIns || (a.title < b.title ? -1 : 1));
}

function ofRules(
  survey: Survey,
  { rules, file }: NonNullable<Checkup['counting']>,
  { week, cells, shipped, rejections, countedOfWeeks }: Checkup,
): Finding[] {
  return [
    ...missingLines(week, cells, rules, shipped, file),
    ...unexpanded(survey),
    ...unlistedNames(survey, rules, file),
    ...unlistedEditions(survey, rules, file),
    ...withoutSystem(survey),
    ...clientsLeftOut(survey, cells, rules, rejections, countedOfWeeks),
  ];
}

function noDefinition({ cells }: Checkup): Finding[] {
  if (cells.length === 0) return [];
  const names = mostOf(cells.map(({ system, hits }) => [system.osName || 'unnamed systems', hits]));
  const tags = mostOf(cells.map(({ request, hits }) => [request.repoTag || 'no repository', hits]));
  return [
    {
      kind: 'no-definition',
      checkIns: sum(cells.map(({ hits }) => hits)),
      title: 'no definition that ships with Rollcall counts what is in this vault',
      details: [
        `Systems call themselves ${listed(names)}; they ask for ${listed(tags)}.`,
        'Write a definition and name it with --distribution mine.yaml; README.md has an example.',
      ],
      write: [],
    },
  ];
}

function unexpanded({ checkIns, accounts }: Survey): Finding[] {
  const totals = accountTotals({ accounts });
  const all = totals.get('unexpanded') ?? 0;
  if (!isWorthAWord(all, sum([...totals.values()]))) return [];
  const asked = checkIns.filter(({ os, repoTag }) => os !== '' && /\$|%24/.test(repoTag));
  const tags = mostOf(asked.map(({ repoTag, hits }) => [repoTag, hits]));
  const names = mostOf(asked.map(({ os, version, hits }) => [`${os} ${version}`.trim(), hits]));
  return [
    {
      kind: 'unexpanded',
      checkIns: all,
      title: `${counted(all)} check-ins of ${listed(names)} name a variable that the program did not know: ${listed(tags)}`,
      details: [
        'No definition can count them. rpm-ostree knows only $releasever and $basearch, older dnf no alternatives as in EPEL 10.',
        'Write the repository file without the variable, or let dnf refresh the lists in place of rpm-ostree.',
      ],
      write: [],
    },
  ];
}

function unlistedNames({ systems, accounts }: Survey, { definition }: Rules, file: string): Finding[] {
  const known = new Set([...definition.headline, ...definition.names]);
  const unlisted = (byName: ReadonlyMap<string, number>) => {
    const all = sum([...byName.values()]);
    return [...byName].filter(
      ([os, count]) =>
        os !== '' && os !== OTHER && !known.has(os) && count >= LEAST_CHECK_INS && count >= LISTED_FROM * all,
    );
  };
  const bySystems = unlisted(sumBy(systems.map((row) => [row.os, row.systems])));
  const there = new Set(bySystems.map(([os]) => os));
  const epel = accounts.filter(({ account }) => account === 'epel');
  const ofEpel = unlisted(sumBy(epel.map(({ os, hits }) => [os, hits]))).filter(([os]) => !there.has(os));
  return [
    ...bySystems.map(
      ([os, count]): Finding => ({
        kind: 'unlisted-name',
        checkIns: count,
        title: `${counted(count)} systems call themselves ${os}, which the definition does not list`,
        details: [
          'They are counted under their own name, and not in the headline.',
          `If they are yours, add the name to headline in ${file}; if not, to names:`,
        ],
        write: ['headline:', `  - ${quoted(os)}`],
      }),
    ),
    ...ofEpel.map(
      ([os, count]): Finding => ({
        kind: 'unlisted-name',
        checkIns: count,
        title: `${counted(count)} check-ins for EPEL are of ${os}, which the definition does not list`,
        details: [`They are counted, and their name is withheld until it has been there for weeks. In ${file}:`],
        write: ['names:', `  - ${quoted(os)}`],
      }),
    ),
  ];
}

function unlistedEditions({ systems }: Survey, { definition }: Rules, file: string): Finding[] {
  const own = systems.filter(({ os }) => definition.headline.includes(os));
  const all = sum(own.map((row) => row.systems));
  const byEdition = sumBy(own.map((row) => [row.edition, row.systems]));
  return [...byEdition]
    .filter(([edition]) => edition !== '' && edition !== OTHER && !definition.editions.includes(edition))
    .filter(([, count]) => count >= LEAST_CHECK_INS && count >= LISTED_FROM * all)
    .map(([edition, count]) => ({
      kind: 'unlisted-edition',
      checkIns: count,
      title: `${counted(count)} systems are of the edition ${edition}, which the definition does not list`,
      details: [
        'It is not shown. Where its systems have no other group to stand in, the published number is without them.',
        `If it is an edition, in ${file}:`,
      ],
      write: ['editions:', `  - ${quoted(edition)}`],
    }));
}

function withoutSystem({ accounts }: Survey): Finding[] {
  const totals = accountTotals({ accounts });
  const none = totals.get('no-system') ?? 0;
  const all = sum([...totals.values()]);
  if (none < LEAST_CHECK_INS || none < MANY_WITHOUT_SYSTEM * all) return [];
  return [
    {
      kind: 'no-system',
      checkIns: none,
      title: `${counted(none)} check-ins (${percent(none / all)}) do not say what they run`,
      details: [
        'dnf sends its bare name where /etc/os-release has no NAME or VERSION_ID; dnf5 also where VERSION_ID=10.1 stands without quotes.',
      ],
      write: [],
    },
  ];
}

function clientsLeftOut(
  { systems }: Survey,
  cells: readonly CubeCell[],
  { definition }: Rules,
  rejections: Checkup['rejections'],
  countedOfWeeks: number,
): Finding[] {
  const refused = rejections.get('agent') ?? 0;
  const there = new Set([...systems.map(({ client }) => client), ...cells.map(({ system }) => system.client)]);
  const missing = definition.clients.filter((client) => !there.has(client));
  if (missing.length === 0 || refused < LEAST_CHECK_INS || refused < 0.1 * MANY_REJECTED * countedOfWeeks) return [];
  const agents = [...COUNTING_CLIENTS, ...definition.clients].join(',');
  return [
    {
      kind: 'client',
      checkIns: refused,
      title: `${counted(refused)} requests were not counted for their program, and none was counted of ${listed(missing)}`,
      details: [
        'The definition says that it checks in. Programs beside dnf and rpm-ostree are counted if they are named:',
      ],
      write: [`rollcall recount --agent ${agents} LOG...`],
    },
  ];
}

/** What each reason means to an operator. */
const WHAT_TO_DO: Readonly<Record<string, string>> = {
  'too-long': 'The lines are longer than 64 KiB: no client sends such requests.',
  'control-bytes': 'The lines hold control characters: check that these are text logs.',
  malformed: 'The lines do not fit the format of the log: declare it with --format, as it stands in the server.',
  'trailing-fields': 'Something follows the User-Agent: declare the format with --format, as it stands in the server.',
  method: 'They are no GET requests: HEAD from monitoring, for example. Nothing to do.',
  path: 'They ask for something else than /mirrorlist or /metalink: a rewritten address, perhaps. Log the address as the client sent it.',
  'duplicate-key': 'They give countme, repo or arch twice: look for a proxy or a repository file that adds one.',
  encoding: 'repo or arch is not clean text: nothing that a package manager sends.',
  age: 'countme is not 1, 2, 3 or 4: somebody tries the server.',
  time: 'The time cannot be read: check the log format of the server.',
  'time-range': 'They are dated before 2020-02-10 or in the future: check the clock of the server.',
  agent:
    'They come from other programs than dnf and rpm-ostree: browsers and scripts, or a client of your own, which --agent counts.',
  status:
    'The server answered with an error, so these systems are lost for the week: look for repositories or architectures that it does not know, and for outages.',
};

function rejected({ rejections, countedOfWeeks }: Checkup): Finding[] {
  const all = countedOfWeeks + sum([...rejections.values()]);
  return [...rejections]
    .filter(([, count]) => count >= LEAST_CHECK_INS && count > MANY_REJECTED * all)
    .map(([reason, count]) => ({
      kind: 'rejected',
      checkIns: count,
      title: `${counted(count)} requests with countme (${percent(count / all)}) were not counted: ${reason}`,
      details: [WHAT_TO_DO[reason] ?? 'SPEC.md says what that means.'],
      write: [],
    }));
}

function nothingCounted({ logs }: Checkup): Finding[] {
  const empty = logs.filter(({ candidates, counted: hits }) => hits === 0 && candidates >= LEAST_CHECK_INS);
  if (empty.length === 0) return [];
  const candidates = sum(empty.map((log) => log.candidates));
  return [
    {
      kind: 'nothing-counted',
      checkIns: candidates,
      title: `${listed(empty.map(({ name }) => name))}: ${counted(candidates)} requests with countme, and none was counted`,
      details: ['The summary of ingest says for which reasons. Then count again, with the right --format or --agent.'],
      write: [],
    },
  ];
}

function silent({ sources, week, counting }: Checkup): Finding[] {
  const retired = counting?.rules.definition.retired_sources ?? [];
  return sources
    .filter(({ label, weeks, last }) => weeks >= ESTABLISHED_WEEKS && last < week && !retired.includes(label))
    .map(({ label, last }) => ({
      kind: 'silent-source',
      checkIns: 0,
      title: `${label} has handed in no logs since the week of ${mondayOf(last)}`,
      details: [
        'Count its logs if there are any: until then weeks are graded by what is missing, for four weeks.',
        'If it was taken down:',
      ],
      write: ['retired_sources:', `  - ${JSON.stringify(label)}`],
    }));
}

function silentAddresses({ addresses: { silent } }: Checkup): Finding[] {
  return silent.map((source) => ({
    kind: 'addresses',
    checkIns: source.checkIns,
    title: `the addresses that ${source.source} logs say nothing: ${describeSilence(source)}`,
    details: ['Countries and distinct networks are not known there.', ...LOG_ADDRESSES],
    write: [],
  }));
}

function fromOneNetwork({ addresses: { toldApart } }: Checkup): Finding[] {
  const byName = Map.groupBy(toldApart, ({ system }) => system.osName || 'no name');
  return [...byName].map(([name, cells]) => {
    const checkIns = sum(cells.map(({ hits }) => hits));
    return {
      kind: 'one-network',
      checkIns,
      title: `${counted(checkIns)} check-ins of ${name} came from single networks, and count as no systems`,
      details: [
        'Somebody sends what looks like many systems, or one network has very many. All others are counted as before.',
      ],
      write: [],
    };
  });
}

function withoutCountry({ addresses: { withoutCountry: none, all, silent } }: Checkup): Finding[] {
  if (silent.length > 0 || none < LEAST_CHECK_INS || none < MANY_WITHOUT_COUNTRY * all) return [];
  return [
    {
      kind: 'addresses',
      checkIns: none,
      title: `the addresses of ${counted(none)} check-ins (${percent(none / all)}) say nothing of their country`,
      details: [
        "The log holds a proxy's address, a name or none. The counts stay right, countries and networks are not known.",
        "Log the client's address: real_ip_header in nginx, mod_remoteip in Apache, or a --format that says where it stands.",
      ],
      write: [],
    },
  ];
}

const NOT_GUESSED: readonly (string | undefined)[] = [undefined, 'combined', 'declared', 'spool'];

function guessed({ logs }: Checkup): Finding[] {
  const byFormat = Map.groupBy(
    logs.filter(({ format }) => !NOT_GUESSED.includes(format)),
    ({ format }) => format!,
  );
  return [...byFormat].map(([format, own]) => ({
    kind: 'format',
    checkIns: 0,
    title: `${counted(own.length)} logs were taken for ${format}: ${listed(own.map(({ name }) => name))}`,
    details: ['That was recognised by their first lines. So that it stays right:'],
    write: [`rollcall ingest --format ${format} LOG...`],
  }));
}

function sumBy(pairs: readonly (readonly [string, number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of pairs) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}

function mostOf(pairs: readonly (readonly [string, number])[]): string[] {
  return [...sumBy(pairs)].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
