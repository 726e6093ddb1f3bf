import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mondayOf, type Week } from '../../../src/flow/sightings/week.ts';
import { exactHits, type LogTally } from '../../../src/flow/tallies/log-tally.ts';
import { joinKept, type Naming, NO_NAMES, PLAIN_NAMES, TooManyNames } from '../../../src/flow/tallies/naming.ts';
import { LIMITS } from '../../../src/flow/tallies/numbering.ts';
import { addCells, decodeCells, encodeCells } from '../../../src/flow/vault/cells.ts';
import { outcomes, rollcall, Workplace } from '../../support/command-line.ts';
import { checkInLines, logLine, logOfLines, logTime } from '../../support/log-lines.ts';
import { outcomeOf, seen } from '../../support/one-line.ts';
import { rowsOfTotals } from '../../support/oracle.ts';
import { seededRandom } from '../../support/random.ts';
import { comparable, RULES, readWithKernel, readWithReference } from '../../support/readers.ts';

/** Reads with both readers, which must agree. */
function tallyOf(lines: readonly string[], rules = RULES): LogTally {
  const log = logOfLines(lines);
  const kernel = readWithKernel(log, undefined, rules);
  assert.deepEqual(comparable(kernel), comparable(readWithReference(log, undefined, undefined, rules)));
  return kernel.tally;
}

function hitsBy(tally: LogTally, key: (cell: number) => string): Record<string, number> {
  const sums: Record<string, number> = Object.create(null);
  tally.cells.hits.forEach((hits, cell) => {
    sums[key(cell)] = (sums[key(cell)] ?? 0) + hits;
  });
  return sums;
}

const sumOf = (tally: LogTally) => tally.cells.hits.reduce((sum, hits) => sum + hits, 0);

test('D09 S5 only the answers 200 and 302 count', () => {
  for (const status of ['200', '302']) assert.equal(outcomeOf({ status }), 'counted');
  for (const status of ['206', '301', '303', '304', '307', '404', '429', '499', '500', '503', '000', '999']) {
    assert.equal(outcomeOf({ status }), 'status', status);
  }
  for (const status of ['', '20', '2000', '2OO', '-', ' 200']) {
    assert.equal(outcomeOf({ status }), 'malformed', status);
  }
});

test('L7 the size is digits or a dash', () => {
  for (const size of ['0', '-', '629', '12345678901234567890']) assert.equal(outcomeOf({ size }), 'counted', size);
  for (const size of ['', '--', '-1', '1a', '1.5']) assert.equal(outcomeOf({ size }), 'malformed', size);
});

test('S6 P5 the country of the address; ZZ for names, local addresses and those that are in no table', () => {
  const hosts: [string, string][] = [
    ['10.1.2.3', 'ZZ'],
    ['192.0.2.255', 'BB'],
    ['192.0.3.0', 'ZZ'],
    ['2001:db8::1', 'CC'],
    ['2001:DB8:ffff::', 'CC'],
    ['2001:db9::', 'ZZ'],
    ['::ffff:192.0.2.7', 'BB'],
    ['::ffff:c000:207', 'BB'],
    ['::ffff:a09:807', 'ZZ'],
    ['::1:ffff:a09:807', 'ZZ'],
    ['1::ffff:10.9.8.7', 'ZZ'],
    ['host.example', 'ZZ'],
    ['-', 'ZZ'],
    ['10.1.2', 'ZZ'],
    ['10.1.2.3.4', 'ZZ'],
    ['010.1.2.3', 'ZZ'],
    ['10.1.2.256', 'ZZ'],
    ['fe80::1%eth0', 'ZZ'],
    ['192.0.2.3:51234', 'BB'],
    ['10.1.2.3:1', 'ZZ'],
    ['[2001:db8::1]', 'CC'],
    ['[2001:db8::1]:51234', 'CC'],
    ['[::ffff:192.0.2.7]:443', 'BB'],
    // Without brackets the last group is no port.
    ['2001:db8::1:443', 'CC'],
    ['10.1.2.3:', 'ZZ'],
    ['10.1.2.3:123456', 'ZZ'],
    ['10.1.2.3:80x', 'ZZ'],
    ['010.1.2.3:80', 'ZZ'],
    ['[10.1.2.3]:80', 'ZZ'],
    ['[2001:db8::1', 'ZZ'],
    ['[2001:db8::1]:', 'ZZ'],
    ['[2001:db8::1]80', 'ZZ'],
    ['[2001:db8::1%eth0]:80', 'ZZ'],
    ['host.example:80', 'ZZ'],
  ];
  for (const [host, country] of hosts) assert.equal(seen({ host }).country, country, host);
});

test('D14 lines out of order each count in their own week', () => {
  const start = Date.UTC(2025, 2, 3);
  const random = seededRandom(3);
  const lines = Array.from({ length: 500 }, () => logLine({ time: logTime(start + random.below(21 * 86_400) * 1000) }));
  const tally = tallyOf(lines);
  const sorted = tallyOf(lines.toSorted());
  const byWeek = (of: LogTally) => hitsBy(of, (cell) => mondayOf(of.cells.week[cell] as Week));
  assert.deepEqual(byWeek(tally), byWeek(sorted));
  assert.deepEqual(Object.keys(byWeek(tally)).sort(), ['2025-03-03', '2025-03-10', '2025-03-17']);
  assert.deepEqual(tally.span, sorted.span);
  assert.deepEqual(tally.hoursCounted, sorted.hoursCounted);
});

test('D16 lines that come late for a week are added to it', async (context) => {
  const place = new Workplace(context);
  const early = checkInLines('2025-03-03T00:00:00Z', 10);
  const next = checkInLines('2025-03-17T00:00:00Z', 10);
  const late = checkInLines('2025-03-05T00:00:00Z', 10);
  for (const lines of [early, next, late]) {
    place.write('access.log', lines);
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 10']);
  }
  const weeks = new Map<string, number>();
  for (const [key, hits] of rowsOfTotals(await place.totals())) {
    const week = (JSON.parse(key) as string[])[0]!;
    weeks.set(week, (weeks.get(week) ?? 0) + hits);
  }
  assert.deepEqual(
    [...weeks],
    [
      ['2025-03-03', 20],
      ['2025-03-17', 10],
    ],
  );
});

test('D17 H2 a week that misses a day is not among the totals unless it is asked for', async (context) => {
  const place = new Workplace(context);
  const start = Date.UTC(2025, 2, 3);
  const missing = { from: Date.UTC(2025, 2, 12), to: Date.UTC(2025, 2, 13) };
  const hours = Array.from({ length: 3 * 168 }, (_, hour) => start + hour * 3_600_000);
  const kept = hours.filter((time) => time < missing.from || time >= missing.to);
  place.write(
    'access.log',
    kept.map((time) => logLine({ time: logTime(time) })),
  );
  await place.ingest(['access.log']);
  const run = await rollcall(['totals', '--vault', place.vault, '--csv', 'complete.csv'], { cwd: place.folder });
  assert.match(run.out, /Left out as not complete: the week of 2025-03-10/);
  const weeksOf = (csv: string) => [...rowsOfTotals(csv).keys()].map((key) => (JSON.parse(key) as string[])[0]);
  assert.deepEqual(weeksOf(readFileSync(place.path('complete.csv'), 'utf8')), ['2025-03-03', '2025-03-17']);
  assert.deepEqual(weeksOf(await place.totals()), ['2025-03-03', '2025-03-10', '2025-03-17']);
});

test('D18 D19 C3 equal lines count as often as they stand: nothing is taken for a retry', () => {
  const line = logLine();
  const other = logLine({ host: '10.0.0.2' });
  assert.equal(sumOf(tallyOf([line, line, line])), 3);
  assert.equal(sumOf(tallyOf([line, other, line, other])), 4);
});

test('D20 C5 200,000 distinct repositories in one log: sums stay exact, and the rest counts as other', () => {
  const lines = Array.from({ length: 200_000 }, (_, i) =>
    logLine({ target: `/mirrorlist?repo=r${i}&arch=a&countme=${1 + (i % 4)}` }),
  );
  const tally = tallyOf(lines);
  assert.equal(sumOf(tally), 200_000);
  assert.equal(tally.requests.length, LIMITS.values + 4);
  const others = tally.requests.flatMap(({ repoTag }, number) => (repoTag === 'other' ? [number] : []));
  const inOther = hitsBy(tally, (cell) => String(others.includes(tally.cells.request[cell]!)));
  assert.equal(inOther['true'], 200_000 - LIMITS.values);
  const ages = hitsBy(tally, (cell) => String(tally.requests[tally.cells.request[cell]!]!.age));
  assert.deepEqual({ ...ages }, { 1: 50_000, 2: 50_000, 3: 50_000, 4: 50_000 });
});

test('D20 C5 200,000 distinct os names in one log: sums stay exact, and the rest counts as other', () => {
  const lines = Array.from({ length: 200_000 }, (_, i) =>
    logLine({ agent: `${i % 2 ? 'libdnf' : 'rpm-ostree'} (n${i} 1; v; L.x)` }),
  );
  const tally = tallyOf(lines);
  assert.equal(sumOf(tally), 200_000);
  assert.equal(tally.systems.length, LIMITS.values + 2);
  const kept = hitsBy(tally, (cell) => tally.systems[tally.cells.system[cell]!]!.osVersion);
  assert.deepEqual({ ...kept }, { 1: 200_000 }, 'what fits in the other fields stays');
  const clients = hitsBy(tally, (cell) => tally.systems[tally.cells.system[cell]!]!.client);
  assert.deepEqual({ ...clients }, { libdnf: 100_000, 'rpm-ostree': 100_000 });
});

for (const [what, room, others] of [
  ['values', { values: 50 }, (_n: number) => 'other 1 v x 2 other '],
  ['systems and requests', { systems: 50, requests: 50 }, (n: number) => `n${n} other other other 2 r${n} other`],
] as const)
  test(`D20 C5 past the limits of ${what} what was named before keeps its name`, () => {
    const rules = { ...RULES, limits: { ...LIMITS, ...room } };
    const line = (i: number, n: number) =>
      logLine({
        time: n === 0 ? '15/Dec/2021:17:02:12 +0000' : '22/Dec/2021:17:02:12 +0000',
        host: '192.0.2.1',
        target: `/metalink?repo=r${i}&countme=2`,
        agent: `libdnf (n${i} 1; v; L.x)`,
      });
    const numbers = Array.from({ length: 80 }, (_, i) => i);
    const tally = tallyOf([...numbers.map((i) => line(i, 0)), ...numbers.map((i) => line(i, 1))], rules);
    const names = hitsBy(tally, (cell) => {
      const { client, osName, osVersion, osVariant, osArch } = tally.systems[tally.cells.system[cell]!]!;
      const { age, repoTag, repoArch } = tally.requests[tally.cells.request[cell]!]!;
      const country = tally.countries[tally.cells.country[cell]!];
      const week = mondayOf(tally.cells.week[cell] as Week);
      return [week, client, osName, osVersion, osVariant, osArch, age, repoTag, repoArch, country].join(' ');
    });
    for (const week of ['2021-12-13', '2021-12-20']) {
      assert.equal(names[`${week} libdnf n0 1 v x 2 r0  BB`], 1);
      assert.equal(names[`${week} libdnf n49 1 v x 2 r49  BB`], 1);
      const rest = numbers.slice(50).map((n) => `${week} libdnf ${others(n)} BB`);
      assert.equal(
        [...new Set(rest)].reduce((sum, name) => sum + names[name]!, 0),
        30,
      );
    }
    assert.equal(sumOf(tally), 160);
  });

test('D20 C5 a field takes a fixed number of bytes: one of long names is full before others', () => {
  const long = 'q'.repeat(200);
  const lines = Array.from({ length: 600 }, (_, i) =>
    logLine({ agent: `libdnf (${long}${i} 1; v${i}; L.x)`, target: `/metalink?repo=r${i}&countme=1` }),
  );
  const tally = tallyOf(lines);
  const names = new Set(tally.systems.map(({ osName }) => osName));
  const bytes = [...names].reduce((sum, name) => sum + name.length, 0);
  assert.ok(bytes > LIMITS.valueBytes - 300 && bytes <= LIMITS.valueBytes + 'other'.length, `${bytes} bytes`);
  assert.equal(new Set(tally.systems.map(({ osVariant }) => osVariant)).size, 600);
  assert.equal(new Set(tally.requests.map(({ repoTag }) => repoTag)).size, 600);
  assert.equal(sumOf(tally), 600);
});

test('C5 what is kept takes no room and finds it always; where the rest is none, nothing else is named', () => {
  const kept = { ...NO_NAMES, values: { ...NO_NAMES.values, osName: ['AlmaLinux'], osArch: ['x86_64'] } };
  const flood = Array.from({ length: 2_000 }, (_, i) =>
    logLine({ agent: `libdnf (n${i} 9.6; generic; Linux.x86_64)` }),
  );
  const lines = [...flood, logLine({ agent: 'libdnf (AlmaLinux 9.6; generic; Linux.x86_64)' })];
  const byName = (others: Naming['others']) => {
    const rules = { ...RULES, naming: { kept: joinKept(kept, PLAIN_NAMES), others } };
    const tally = tallyOf(lines, rules);
    assert.equal(sumOf(tally), 2_001);
    return hitsBy(tally, (cell) => tally.systems[tally.cells.system[cell]!]!.osName);
  };
  assert.equal(byName('first')['AlmaLinux'], 1);
  assert.equal(byName('first')['other'], 2_000 - LIMITS.values);
  assert.deepEqual({ ...byName('none') }, { AlmaLinux: 1, other: 2_000 });
  assert.throws(() => byName('stop'), TooManyNames);
});

test('D20 C5 rejected lines use up no names', () => {
  const rules = { ...RULES, limits: { ...LIMITS, systems: 5, requests: 5 } };
  const rejected = Array.from({ length: 100 }, (_, i) =>
    logLine({ target: `/metalink?repo=x${i}&countme=1`, agent: `libdnf (x${i} 1; v; L.x)`, status: '404' }),
  );
  const tally = tallyOf(
    [...rejected, logLine({ target: '/metalink?repo=a&countme=1', agent: 'libdnf (A 1; v; L.x)' })],
    rules,
  );
  assert.deepEqual(
    tally.requests.map(({ repoTag }) => repoTag),
    ['a'],
  );
  assert.deepEqual(
    tally.systems.map(({ osName }) => osName),
    ['A'],
  );
});

test('D24 P3 a flood from one address is counted line by line, and is one network', () => {
  const line = logLine({ host: '192.0.2.1' });
  const lines = new Array<string>(100_000).fill(line);
  const flood = tallyOf(lines);
  assert.equal(sumOf(flood), 100_000);
  assert.equal(flood.networks.network.length, 1);
  const spread = tallyOf(Array.from({ length: 50 }, (_, i) => logLine({ host: `203.0.${i}.1` })));
  assert.equal(spread.networks.network.length, 3);
});

test('D25 counts past 2^31 and 2^32 are exact, and past 2^53 they are a fault', () => {
  assert.equal(exactHits(2 ** 53 - 1), 2 ** 53 - 1);
  assert.throws(() => exactHits(2 ** 53), /2\^53/);
  const cells = (hits: number) => ({ keys: Float64Array.of(5), hits: Float64Array.of(hits) });
  for (const hits of [2 ** 31, 2 ** 32 + 1, 2 ** 52 + 1, 2 ** 53 - 1]) {
    assert.deepEqual(decodeCells(encodeCells(cells(hits))), cells(hits));
    assert.deepEqual(addCells(cells(hits - 1), cells(1)), cells(hits));
  }
  assert.throws(() => addCells(cells(2 ** 53 - 1), cells(1)), /2\^53/);
});
