import type { Age } from '../flow/sightings/request.ts';
import {
  type EpochSeconds,
  HOURS_PER_WEEK,
  mondayOf,
  SECONDS_PER_WEEK,
  type Week,
  weekStart,
} from '../flow/sightings/week.ts';
import type { RejectionRow } from '../flow/vault/ledger-rows.ts';
import type { CubeCell, Vault, WeekSummary } from '../flow/vault/vault.ts';
import { type AgeScale, commonScale } from '../flow/views/age-scale.ts';
import { type Census, systemCounter, takeCensus } from '../flow/views/census.ts';
import { isComplete } from '../flow/views/completeness.ts';
import { ACCOUNTS, type Account, NOTHING } from '../flow/views/definition/accounts.ts';
import { isWorthAWord } from '../flow/views/diagnosis/finding.ts';
import { type Rules, type SurveyedAccount, surveyAccounts } from '../flow/views/survey.ts';
import { rulesForVault } from './distribution.ts';
import type { ExitCode } from './exit-code.ts';
import { withVault } from './open-vault.ts';
import { formatCount, plural, printable, type Terminal } from './terminal.ts';

/** One screen: the chart goes back this many weeks, the tables show this many rows. */
const WEEKS_SHOWN = 16;
const VERSIONS_SHOWN = 10;
const BAR_WIDTH = 40;
const SHARE_WIDTH = 20;
const NAME_LENGTH = 40;

interface WeekEstimate {
  week: Week;
  coverage: WeekSummary['coverage'];
  hits: number;
  systems: number;
  complete: boolean;
}

/** The week that all but the chart is about. */
interface Headline extends WeekEstimate {
  census: Census;
  counted: CubeCell[];
  /** Check-ins that are told apart, as one network sent them. */
  toldApart: CubeCell[];
}

/** `rollcall report`: the last weeks at a glance. */
export async function report(options: { vault: string }, terminal: Terminal, now: EpochSeconds): Promise<ExitCode> {
  await withVault(options.vault, terminal, (vault) =>
    terminal.out.write(vault.snapshot(() => describeVault(vault, options.vault, now))),
  );
  return 0;
}

function describeVault(vault: Vault, path: string, now: EpochSeconds): string {
  const weeks = vault.weeks();
  if (weeks.length === 0) return `${path} holds no check-ins yet. Count logs with "rollcall ingest".\n`;
  const rules = rulesForVault(vault);
  const countSystems = systemCounter(rules);
  const shown = weeks.slice(-WEEKS_SHOWN).map((summary): WeekEstimate => {
    const { week, hits, coverage } = summary;
    const systems = countSystems(week, vault.counted(week));
    return { week, hits, coverage, systems, complete: isComplete(summary, now) };
  });
  const latest = shown.findLast(({ complete }) => complete) ?? shown.at(-1)!;
  const split = vault.split(latest.week);
  const headline = { ...latest, ...split, census: takeCensus(latest.week, split.counted, rules) };
  return [
    ...describeHeadline(headline),
    '',
    ...describeWeeks(shown, now),
    '',
    ...describeVersions(headline),
    '',
    ...describeAges(headline),
    '',
    ...(rules === undefined ? [] : [...describeAccounts(headline, rules), '']),
    ...describeRejections(vault.rejections(), shown),
    '',
    'A check-in is one system telling one repository "count me" in one week. These are private',
    'numbers: small groups in them can be single systems.',
    '',
  ].join('\n');
}

function describeHeadline({ week, census, toldApart, complete, coverage }: Headline): string[] {
  const apart = toldApart.reduce((sum, { hits }) => sum + hits, 0);
  const doubt =
    census.low < census.high
      ? [
          `  Repositories disagree by ${formatCount(census.high - census.low)}: ${formatCount(census.low)} to ${formatCount(census.high)}. Who seldom asks is missing in all of them.`,
        ]
      : [];
  const basis =
    census.basis.kind === 'release'
      ? '  Counted in the base repository, and only by systems of its own release.'
      : `  Counted in the repository with the most check-ins, ${printable(census.basis.repoTag, NAME_LENGTH)}.`;
  const warning = complete ? [] : [`  This week is not complete (${gapText(coverage)}): the number is too low.`];
  return [
    `${bold(plural(census.systems, 'system'))} checked in in the week of ${mondayOf(week)}.`,
    basis,
    ...doubt,
    ...(apart === 0 ? [] : [`  ${plural(apart, 'check-in')} more came from single networks, and count as no systems.`]),
    ...warning,
  ];
}

function gapText(coverage: WeekSummary['coverage']): string {
  if (coverage === undefined) return 'imported';
  return `${coverage.hours} of ${HOURS_PER_WEEK} hours seen, longest gap ${coverage.gap} h`;
}

function describeWeeks(weeks: readonly WeekEstimate[], now: EpochSeconds): string[] {
  const most = Math.max(...weeks.map(({ systems }) => systems));
  return [
    bold('Systems by week'),
    ...weeks.map(({ week, systems, complete, coverage }) => {
      const full = bar(systems, most, BAR_WIDTH);
      const state = complete ? '' : `  not complete: ${weekIsOver(week, now) ? gapText(coverage) : 'still running'}`;
      return `  ${mondayOf(week)}  ${(complete ? full : full.replaceAll('█', '░')).padEnd(BAR_WIDTH)} ${formatCount(systems).padStart(9)}${state}`;
    }),
  ];
}

function weekIsOver(week: WeekEstimate['week'], now: EpochSeconds): boolean {
  return weekStart(week) + SECONDS_PER_WEEK <= now;
}

function describeVersions({ week, census }: Headline): string[] {
  const shown = census.byVersion.slice(0, VERSIONS_SHOWN);
  const rest = census.byVersion.slice(VERSIONS_SHOWN);
  const rows: [string, number][] = shown.map(([name, systems]) => [printable(name, NAME_LENGTH), systems]);
  if (rest.length > 0) rows.push([`${rest.length} more`, rest.reduce((sum, [, systems]) => sum + systems, 0)]);
  return [bold(`By version, week of ${mondayOf(week)}`), ...shareRows(rows, census.systems)];
}

const DNF_AGES: Record<Age, string> = {
  1: 'under 2 weeks',
  2: '2 to 4 weeks',
  3: '5 to 24 weeks',
  4: '25 weeks and more',
};
const AGE_NAMES: Record<AgeScale | 'mixed', Record<Age, string>> = {
  'two-weeks': DNF_AGES,
  'one-week': { 1: 'the first week', 2: '1 to 3 weeks', 3: '4 to 23 weeks', 4: '24 weeks and more' },
  mixed: {
    1: 'under 2 weeks (rpm-ostree: 1)',
    2: '2 to 4 weeks (rpm-ostree: 1 to 3)',
    3: '5 to 24 weeks (rpm-ostree: 4 to 23)',
    4: '25 weeks and more (rpm-ostree: 24)',
  },
};

/** M4: each client has ages of its own. */
function describeAges({ week, census }: Headline): string[] {
  const groups: Census['byAge'] = census.byAge.length === 0 ? [['', NOBODY]] : census.byAge;
  return groups.flatMap(([client, byAge], at) => {
    const names = AGE_NAMES[commonScale([client])];
    const rows = ([1, 2, 3, 4] as const).map((age): [string, number] => [names[age], byAge[age]]);
    const by = groups.length === 1 ? '' : `, as ${printable(client, NAME_LENGTH)} counts`;
    return [
      ...(at === 0 ? [] : ['']),
      bold(`By age${by}, week of ${mondayOf(week)}`),
      ...shareRows(rows, census.systems),
    ];
  });
}

const NOBODY: Record<Age, number> = { 1: 0, 2: 0, 3: 0, 4: 0 };

const ACCOUNT_NAMES: Record<ShownAccount['account'], string> = {
  census: 'a system',
  crosscheck: 'the same systems, to compare',
  epel: 'EPEL',
  optional: 'other known repositories',
  'cross-release': 'another release than its own',
  unexpanded: 'nothing: a variable was sent as it is',
  unknown: 'nothing: no definition knows it',
  'no-system': 'nothing: no system stated',
  'one-network': 'told apart: one network sent them',
};
/** So many os names have a column, most check-ins first. */
const NAMES_SHOWN = 3;
const COLUMN_WIDTH = 18;

/** M7: every check-in of the week, by what it stands for and who sent it. */
function describeAccounts({ week, hits, counted, toldApart }: Headline, rules: Rules): string[] {
  const accounts: ShownAccount[] = [
    ...surveyAccounts(week, counted, rules),
    ...toldApart.map(({ system, hits }) => {
      return { os: rules.aliases.apply(system, week).osName, account: 'one-network' as const, hits };
    }),
  ];
  const names = [...sumBy(accounts, ({ os }) => os)].sort((a, b) => b[1] - a[1]).map(([os]) => os);
  const shown = names.slice(0, names.length > NAMES_SHOWN + 1 ? NAMES_SHOWN : NAMES_SHOWN + 1);
  const columns: [string, readonly ShownAccount[]][] = [
    ['all', accounts],
    ...shown.map((os): [string, ShownAccount[]] => [
      printable(os, COLUMN_WIDTH) || 'not stated',
      accounts.filter((row) => row.os === os),
    ]),
    ...(shown.length === names.length
      ? []
      : ([['others', accounts.filter(({ os }) => !shown.includes(os))]] as [string, ShownAccount[]][])),
  ];
  const kinds = ([...ACCOUNTS, 'one-network'] as const).filter((account) =>
    accounts.some((row) => row.account === account),
  );
  const nothing = accounts.reduce((sum, row) => sum + (isNothing(row.account) ? row.hits : 0), 0);
  const width = Math.max(...kinds.map((account) => ACCOUNT_NAMES[account].length));
  const cells = columns.map(([title, own]) => ({
    width: Math.max(title.length + 2, 11),
    sums: sumBy(own, ({ account }) => account),
  }));
  return [
    `${bold(`What the check-ins stand for, week of ${mondayOf(week)}`)} (${formatCount(hits)} in all)`,
    `  ${''.padEnd(width)}${columns.map(([title], at) => title.padStart(cells[at]!.width)).join('')}`,
    ...kinds.map((account) => {
      const numbers = cells.map((own) => formatCount(own.sums.get(account) ?? 0).padStart(own.width));
      return `  ${ACCOUNT_NAMES[account].padEnd(width)}${numbers.join('')}`;
    }),
    ...(isWorthAWord(nothing, hits) ? ['  What to do about it: rollcall doctor'] : []),
  ];
}

/** With what is told apart, as one network sent it (R11). */
type ShownAccount = Omit<SurveyedAccount, 'account'> & { account: Account | 'one-network' };

function isNothing(account: ShownAccount['account']): boolean {
  return account !== 'one-network' && NOTHING.includes(account);
}

function sumBy<Key>(rows: readonly ShownAccount[], keyOf: (row: ShownAccount) => Key): Map<Key, number> {
  const sums = new Map<Key, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.hits);
  return sums;
}

function shareRows(rows: readonly [string, number][], whole: number): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, systems]) => {
    const share = whole === 0 ? 0 : (systems / whole) * 100;
    return `  ${name.padEnd(width)} ${formatCount(systems).padStart(9)} ${share.toFixed(1).padStart(5)} %  ${bar(systems, whole, SHARE_WIDTH)}`.trimEnd();
  });
}

/** What each reason means, for those who have not read SPEC.md. */
const REASON_NAMES: Record<string, string> = {
  'too-long': 'line longer than 64 KiB',
  'control-bytes': 'control characters in the line',
  malformed: 'no request, or not a line of the log format',
  'trailing-fields': 'something follows the User-Agent',
  method: 'not a GET request',
  path: 'not a mirrorlist or metalink path',
  'duplicate-key': 'countme, repo or arch given twice',
  encoding: 'repo or arch is not clean text',
  age: 'countme is not 1, 2, 3 or 4',
  time: 'no such time',
  'time-range': 'before 2020-02-10 or in the future',
  agent: 'not a client that counts',
  status: 'answered with an error: lost check-ins',
};

function describeRejections(rejections: readonly RejectionRow[], weeks: readonly WeekEstimate[]): string[] {
  const first = weeks[0]!.week;
  const recent = sumByReason(rejections.filter(({ week }) => week !== undefined && week >= first));
  // A line that cannot be read has no week: it may be of any.
  const unknown = sumByReason(rejections.filter(({ week }) => week === undefined));
  const counted = weeks.reduce((sum, { hits }) => sum + hits, 0);
  return [
    `${bold(`Rejected since ${mondayOf(first)}`)} (${formatCount(counted)} check-ins were counted)`,
    ...reasonRows(recent),
    ...(unknown.length === 0 ? [] : [bold('Rejected, of a week that cannot be read'), ...reasonRows(unknown)]),
  ];
}

function sumByReason(rejections: readonly RejectionRow[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { reason, count } of rejections) sums.set(reason, (sums.get(reason) ?? 0) + count);
  return [...sums].sort((a, b) => b[1] - a[1]);
}

function reasonRows(rows: readonly [string, number][]): string[] {
  if (rows.length === 0) return ['  nothing'];
  return rows.map(([reason, count]) =>
    `  ${reason.padEnd(16)}${formatCount(count).padStart(9)}  ${REASON_NAMES[reason] ?? ''}`.trimEnd(),
  );
}

function bar(value: number, most: number, width: number): string {
  return most === 0 ? '' : '█'.repeat(Math.round((value / most) * width));
}

function bold(text: string): string {
  return process.stdout.isTTY ? `\x1b[1m${text}\x1b[22m` : text;
}
