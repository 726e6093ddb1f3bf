import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOURS_PER_WEEK, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import type { Prepared } from '../../src/flow/views/publication/prepare.ts';
import { dueAt, Press } from '../support/press.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { checkIn, otherLine, WEEK } from '../support/vault-logs.ts';

/** Forged check-ins from a few places, beside honest systems everywhere: what a publication shows of them. */

const week = (number: number) => (WEEK + number) as Week;
const HONEST = 20_000;
const seed = testSeed();

const VERSIONS = ['10.0', '9.6', '8.10'];
const agentOf = (version: string, edition = 'generic') => `libdnf (AlmaLinux ${version}; ${edition}; Linux.x86_64)`;

/** Systems all over IPv4, with some networks that hold many: offices, clouds and universities. */
function honestLog(of: Week, systems = HONEST): string {
  const random = seededRandom(seed + of);
  const lines = Array.from({ length: HOURS_PER_WEEK }, (_, hour) => otherLine(weekStart(of) + hour * 3600));
  for (let system = 0; system < systems; system++) {
    const version = VERSIONS[system % 2 === 0 ? 0 : 1 + (system % 3 === 0 ? 1 : 0)]!;
    const isShared = random.below(10) === 0;
    const host = isShared
      ? `133.${random.below(9)}.7.${random.below(250)}`
      : `${11 + random.below(80)}.${random.below(250)}.${random.below(250)}.7`;
    for (const repo of ['baseos', 'appstream']) {
      const time = weekStart(of) + random.below(HOURS_PER_WEEK * 3600);
      lines.push(
        checkIn({
          time,
          host,
          repo: `${repo}-${Number.parseInt(version, 10)}`,
          age: 1 + random.below(4),
          agent: agentOf(version),
        }),
      );
    }
  }
  return lines.join('');
}

interface Forged {
  count: number;
  networks?: number;
  repos?: string[];
  agent?: (at: number) => string;
  age?: (at: number) => number;
}

function forgedLog(
  of: Week,
  { count, networks = 1, repos = ['baseos-10'], agent = () => agentOf('10.0'), age = () => 4 }: Forged,
): string {
  return Array.from({ length: count }, (_, at) =>
    repos
      .map((repo) =>
        checkIn({
          time: weekStart(of) + 3600 + (at % 500_000),
          host: `151.101.${at % networks}.${at % 250}`,
          repo,
          age: age(at),
          agent: agent(at),
        }),
      )
      .join(''),
  ).join('');
}

async function pressOf(context: { after(cleanUp: () => void): void }, logs: readonly string[], now = dueAt(week(0))) {
  const press = new Press(context);
  await press.count(logs.join(''), now);
  return press;
}

const first = ({ publication }: Prepared) => publication.weeks.find((each) => each.week === week(0))!;
const countOf = ({ publication }: Prepared, reason: string) =>
  publication.exclusions
    .filter((row) => row.week === week(0) && row.reason === reason)
    .reduce((sum, row) => sum + row.requests, 0);
const sizeOf = ({ publication }: Prepared, version: string) =>
  publication.systems
    .filter((row) => row.week === week(0) && row.version === version)
    .reduce((sum, { systems }) => sum + systems, 0);

describe(`forged check-ins beside ${HONEST} honest systems (seed ${seed})`, () => {
  const published = async (context: { after(cleanUp: () => void): void }, forged?: Forged) => {
    const press = await pressOf(context, [honestLog(week(0)), ...(forged ? [forgedLog(week(0), forged)] : [])]);
    return press.decide(dueAt(week(0)));
  };

  test('R11: honest check-ins alone are all shown', async (context) => {
    const prepared = await published(context);
    assert.ok(Math.abs(first(prepared).systems! - HONEST) < 200, `${first(prepared).systems}`);
    assert.equal(countOf(prepared, 'one-network'), 0);
  });

  for (const [what, forged] of [
    ['one name', { count: 5_000 }],
    ['more than all others together', { count: 40_000 }],
    ['one name, in all its repositories', { count: 5_000, repos: ['baseos-10', 'appstream-10'] }],
    ['ages by turns', { count: 5_000, age: (at: number) => 1 + (at % 4) }],
    ['many invented versions', { count: 5_000, agent: (at: number) => agentOf(`10.${at % 90}`) }],
    ['many invented editions', { count: 5_000, agent: (at: number) => agentOf('10.0', `edition-${at % 600}`) }],
    ['three networks', { count: 15_000, networks: 3 }],
  ] satisfies [string, Forged][]) {
    test(`D24 R11: thousands from one place move no number: ${what}`, async (context) => {
      const prepared = await published(context, forged);
      const { systems, low, high } = first(prepared);
      console.log(
        what,
        first(prepared),
        countOf(prepared, 'one-network'),
        sizeOf(prepared, '10.0'),
        prepared.publication.countries.reduce((s, r) => s + r.systems, 0),
      );
      for (const number of [systems, low, high])
        assert.ok(Math.abs(number! - HONEST) < 400, `${systems} ${low} ${high}`);
      const told = countOf(prepared, 'one-network');
      const sent = forged.count * (('repos' in forged && forged.repos?.length) || 1);
      assert.ok(Math.abs(told - sent) <= sent * 0.05, `${told} of ${sent}`);
      assert.ok(Math.abs(sizeOf(prepared, '10.0') - HONEST / 2) < 400);
      const countries = prepared.publication.countries.reduce((sum, row) => sum + row.systems, 0);
      assert.ok(Math.abs(countries - HONEST) < 600, `${countries}`);
    });
  }
});
