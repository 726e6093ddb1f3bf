import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readRequest } from '../../../src/flow/sightings/request.ts';
import type { Publication, PublishedWeek } from '../../../src/flow/views/publication/tables.ts';
import { breakDown, foldOthers } from '../../../src/flow/website/figures/breakdown.ts';
import { epelChange, epelResolution } from '../../../src/flow/website/figures/epel.ts';
import { growth } from '../../../src/flow/website/figures/figure.ts';
import { lifetimeOf } from '../../../src/flow/website/figures/lifetimes.ts';
import { newsOf } from '../../../src/flow/website/figures/news.ts';
import { indexTables } from '../../../src/flow/website/figures/tables.ts';
import { trendOf } from '../../../src/flow/website/figures/trend.ts';
import { majorOf, minorGroups, releaseCurves, versionGroups } from '../../../src/flow/website/figures/versions.ts';
import type { Here } from '../../../src/flow/website/html/here.ts';
import { formatsOf, roundForHeadline } from '../../../src/flow/website/language/formats.ts';
import { MESSAGES } from '../../../src/flow/website/language/messages.ts';
import { plainText, say } from '../../../src/flow/website/language/sentence.ts';
import { growthText, sizeText } from '../../../src/flow/website/pages/growth.ts';
import { EXAMPLE } from '../../../src/flow/website/pages/methodology-example.ts';
import { samplePublication, withSystems } from '../../support/sample-publication.ts';

const sample = samplePublication();
const tables = indexTables(sample);

/** The sample with other weekly numbers; weeks not named keep theirs. */
function withWeeks(change: (week: PublishedWeek, fromEnd: number) => Partial<PublishedWeek>): Publication {
  const { weeks } = sample;
  return { ...sample, weeks: weeks.map((week, n) => ({ ...week, ...change(week, weeks.length - 1 - n) })) };
}

describe('whether the number grows', () => {
  const doubled = (week: PublishedWeek, fromEnd: number) => ({
    systems: fromEnd < 13 ? 2_000 : 1_000,
    grade: 'A' as const,
    status: week.status,
  });

  test('four weeks are compared with the four weeks a quarter before', () => {
    const index = indexTables(withWeeks(doubled));
    const trend = trendOf(index, index.shown!);
    assert.ok(trend.kind === 'known');
    assert.ok(Math.abs(trend.change.least.value - 1) < 0.03 && trend.direction === 'up');
    assert.equal(trend.basis, 'systems', 'ages start anew with an upgrade here');
  });

  test('one odd week changes nothing', () => {
    const index = indexTables(
      withWeeks((week, fromEnd) => ({ ...doubled(week, fromEnd), ...(fromEnd === 1 ? { systems: 90_000 } : {}) })),
    );
    const trend = trendOf(index, index.shown!);
    assert.ok(trend.kind === 'known');
    assert.ok(trend.change.least.value < 1 && trend.change.most.value > 1);
  });

  test('weeks of quality C do not count, and too few good weeks give no answer', () => {
    const index = indexTables(
      withWeeks((week, fromEnd) => ({
        ...doubled(week, fromEnd),
        grade: fromEnd === 14 || fromEnd === 15 ? 'C' : 'A',
      })),
    );
    assert.deepEqual(trendOf(index, index.shown!), { kind: 'unknown', because: 'too-few-weeks' });
  });

  test('O10: a roll-out is not growth', () => {
    const publication = withWeeks(doubled);
    const annotations = [
      { date: '2026-03-20', kind: 'rollout' as const, of: 'systems' as const, text: 'counting begins', url: undefined },
    ];
    const index = indexTables({ ...publication, annotations });
    assert.deepEqual(trendOf(index, index.shown!), { kind: 'unknown', because: 'rollout' });
  });

  test('a release in between is named', () => {
    const annotations = [
      { date: '2026-03-20', kind: 'release' as const, of: 'systems' as const, text: 'Meridian 11', url: undefined },
    ];
    const index = indexTables({ ...withWeeks(doubled), annotations });
    const trend = trendOf(index, index.shown!);
    assert.deepEqual(trend.kind === 'known' && trend.releases.map(({ text }) => text), ['Meridian 11']);
  });

  test('O10: growth is of the established where an upgrade keeps the age', () => {
    const { distribution } = sample;
    const index = indexTables({ ...sample, distribution: { ...distribution, repoAgeUpTo: undefined } });
    const trend = trendOf(index, index.shown!);
    assert.ok(trend.kind === 'known' && trend.basis === 'established');
  });
});

test('news is what moves by more than weeks do for no reason', () => {
  assert.deepEqual(newsOf(tables, tables.shown!), []);
  const newest = sample.weeks.at(-1)!.week;
  const systems = sample.systems.map((row) =>
    row.week === newest && row.arch === 'aarch64' ? { ...row, systems: row.systems * 2 } : row,
  );
  const changed = indexTables(withSystems(sample, systems));
  const [first] = newsOf(changed, changed.shown!)!;
  assert.deepEqual(first!.subject, { kind: 'group', column: 'arch', name: 'aarch64' });
  assert.ok(first!.change.least.value > 0.9);
});

/** The sample as that of a small fleet, and how many systems it has in each week, of all ages and of version 9.6. */
function smallFleet(numbers: { systems?: (fromEnd: number) => number; version?: (fromEnd: number) => number }) {
  const small = (of: number) => Math.max(10, Math.round(of / 1000) * 10);
  const little = withSystems(
    sample,
    sample.systems.map((row) => ({ ...row, systems: small(row.systems) })),
  );
  const newest = sample.weeks.at(-1)!.week;
  const weeks = sample.weeks.map((row, n) => {
    const systems = row.systems && (numbers.systems?.(sample.weeks.length - 1 - n) ?? 800);
    return { ...row, systems, established: systems };
  });
  const margins = little.margins.map((row) => {
    const isPart = row.field === 'version' && row.value === '9.6' && numbers.version !== undefined;
    return isPart ? { ...row, systems: numbers.version!(newest - row.week) } : row;
  });
  return indexTables({ ...little, weeks, margins });
}

test('R14: what rounding can have made is no news, and no trend', () => {
  // 150 and 170 are what rounding can make of 160.
  const told = (before: number, after: number) => {
    const index = smallFleet({ version: (fromEnd) => (fromEnd === 0 ? after : before) });
    const news = newsOf(index, index.shown!)!;
    return news.filter(({ subject }) => subject.kind === 'group' && subject.name === '9.6').length;
  };
  assert.deepEqual([told(150, 160), told(150, 170), told(170, 150), told(150, 180)], [0, 0, 0, 1]);
  const trendTo = (now: number) => {
    const index = smallFleet({ systems: (fromEnd) => (fromEnd < 4 ? now : 800) });
    const trend = trendOf(index, index.shown!);
    return trend.kind === 'known' && trend.direction;
  };
  assert.deepEqual([800, 830, 850, 750, 770].map(trendTo), ['unclear', 'unclear', 'up', 'down', 'unclear']);
});

test('R14: whatever the true numbers are, what is said of a change holds for them', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 5, 10, 20),
      fc.tuple(fc.integer({ min: 100, max: 20_000 }), fc.integer({ min: 100, max: 20_000 })),
      fc.tuple(fc.boolean(), fc.boolean()),
      (k, [before, after], [isUp, isUpAfter]) => {
        const shown = (count: number, up: boolean) => ({
          value: (up ? Math.ceil : Math.floor)(count / k) * k,
          of: '0',
        });
        const change = growth(shown(before, isUp), shown(after, isUpAfter), k)!;
        const truth = after / before - 1;
        assert.ok(change.least.value <= truth && truth <= change.most.value);
        if (k === 1) assert.equal(change.least.value, change.most.value, 'what is exact is one number');
      },
    ),
  );
});

test('R14: a change is written with as many digits as are known, and as one number where all of it reads alike', () => {
  const here = { words: MESSAGES.en, formats: formatsOf('en', 10) } as Here;
  const written = (before: number, after: number) => {
    const of = (value: number) => ({ value, of: String(value) });
    const change = growth(of(before), of(after), 10)!;
    return [growthText(here, change), sizeText(here, change)].map(plainText);
  };
  assert.deepEqual(written(200_000, 215_000), ['+7.5%', '7.5%']);
  assert.deepEqual(written(17_640, 18_980), ['+7% to +8%', '7% to 8%']);
  assert.deepEqual(written(17_600, 19_010), ['+8%', '8%']);
  assert.deepEqual(written(800, 700), ['-15% to -10%', '10% to 15%']);
  assert.deepEqual(written(800, 800)[0], '-2% to +2%');
});

test('R14: how near a number is to the truth is that of its week: former methods and a former k are no news', () => {
  const { weeks } = sample;
  const newest = weeks.length - 1;
  const saidOf = (within: (n: number) => number | null) => {
    const index = indexTables({
      ...sample,
      weeks: weeks.map((week, n) => ({ ...week, within: week.systems === null ? null : within(n), grade: 'A' })),
    });
    return { news: newsOf(index, index.shown!), trend: trendOf(index, index.shown!) };
  };
  assert.deepEqual(
    saidOf((n) => (n === newest ? 10 : null)),
    { news: undefined, trend: { kind: 'unknown', because: 'too-few-weeks' } },
    'of weeks of the first method it is not known',
  );
  const range = (within: (n: number) => number) => {
    const { trend } = saidOf(within);
    return trend.kind === 'known' ? trend.change.most.value - trend.change.least.value : 0;
  };
  assert.ok(range((n) => (n > newest - 8 ? 10 : 500)) > 10 * range(() => 10));
});

test('there is no news beside a week that cannot be trusted', () => {
  const index = indexTables(withWeeks((_week, fromEnd) => (fromEnd === 1 ? { grade: 'C' } : {})));
  assert.equal(newsOf(index, index.shown!), undefined);
});

test('a breakdown adds up to the week, whatever is folded', () => {
  for (const column of ['version', 'edition', 'arch', 'age', 'client'] as const) {
    const { groups } = breakDown(tables, column);
    const folded = foldOthers(groups, ({ name }) => name === groups[0]!.name, 'the rest');
    for (const [n, { systems }] of sample.weeks.entries()) {
      for (const parts of [groups, folded]) {
        const sum = parts.reduce((total, { values }) => total + (values[n] ?? 0), 0);
        assert.equal(sum, systems ?? 0);
        if (systems === null)
          assert.ok(
            parts.every(({ values }) => values[n] === null),
            'a gap stays a gap',
          );
      }
    }
  }
});

test('minor versions belong to their release, and names that are no number to themselves', () => {
  assert.deepEqual(['9.6', '10.0', '33', 'rawhide', 'other', '24.04-lts'].map(majorOf), [
    '9',
    '10',
    '33',
    'rawhide',
    'other',
    '24',
  ]);
  const names = versionGroups(tables, 'other versions').groups.map(({ name }) => name);
  assert.deepEqual(names, ['10', '9', '8', 'withheld'], 'what is withheld is not "other versions"');
});

test('minor releases stand in their order, 9.10 after 9.9, and what is too much for a chart stands together', () => {
  const rename = (version: string, n: number) => (version === '9.5' ? `9.${n % 11}` : version);
  const systems = sample.systems.map((row, n) => ({ ...row, version: rename(row.version, n) }));
  const [nine, ...others] = minorGroups(indexTables(withSystems(sample, systems)), 'other versions');
  assert.deepEqual(others, [], 'a single minor release is no choice');
  assert.equal(nine!.major, '9');
  const names = nine!.groups.map(({ name }) => name);
  assert.equal(names.at(-1), 'other versions');
  assert.equal(names.length, 8);
  const minors = names.slice(0, -1).map((name) => Number(name.slice(2)));
  assert.deepEqual(
    minors,
    minors.toSorted((a, b) => b - a),
  );
  const nines = versionGroups(tables, 'other versions').groups.find(({ name }) => name === '9')!;
  for (const [n, whole] of nines.values.entries()) {
    const sum = nine!.groups.reduce((total, { values }) => total + (values[n] ?? 0), 0);
    assert.equal(sum, whole ?? 0, 'the minor releases add up to their major one');
  }
});

describe('who uses EPEL', () => {
  const shown = tables.shown!;

  test('now is compared with a year before, or with the earliest good week there is', () => {
    const year = epelChange(tables, shown)!;
    assert.equal(year.weeks, 52);
    assert.equal(year.since.week, shown.week - 52);
    const sum = (week: number) =>
      sample.epel
        .filter((row) => row.week === week && row.age !== 1)
        .reduce((total, { systems }) => total + systems, 0);
    assert.deepEqual(year.systems, [{ os: 'Meridian Linux', before: sum(shown.week - 52), now: sum(shown.week) }]);
    const young = indexTables({ ...sample, epel: sample.epel.filter(({ week }) => week >= 2925) });
    const change = epelChange(young, young.shown!)!;
    assert.equal(change.since.week, 2926, 'the week before has a number, but not one to be trusted');
    const first = indexTables({ ...sample, epel: sample.epel.filter(({ week }) => week === shown.week) });
    assert.equal(epelChange(first, first.shown!), undefined);
  });

  test('a roll-out in between is named', () => {
    assert.equal(epelChange(tables, shown)!.hasRollout, false);
    const event = { date: '2026-01-05', kind: 'rollout', of: 'epel', text: 'it begins', url: undefined } as const;
    const index = indexTables({ ...sample, annotations: [...sample.annotations, event] });
    assert.equal(epelChange(index, shown)!.hasRollout, true);
  });

  test('O11: what its repositories differ by is the resolution, where there are two of them', () => {
    const found = epelResolution(tables, shown);
    assert.deepEqual(
      found.map(({ release }) => release),
      ['9', '8'],
    );
    for (const { difference } of found) assert.ok(Math.abs(difference.value - 0.025) < 0.001);
    const { distribution } = sample;
    const alone = indexTables({ ...sample, distribution: { ...distribution, epelCrosschecks: [] } });
    assert.deepEqual(epelResolution(alone, shown), []);
  });
});

test('a release has a curve from the week it came out, and older ones have none', () => {
  const [curve, ...others] = releaseCurves(tables);
  assert.equal(others.length, 0);
  assert.equal(curve!.version, '10');
  assert.equal(tables.mondays[curve!.weeks[0]!], '2025-11-17');
});

test('arrivals are half of the youngest; survival is a third of the next over those', () => {
  const { arrivals, survival } = lifetimeOf(tables, tables.shown!, {})!;
  const rows = tables.systems.get(tables.shown!.week)!;
  const sum = (age: number) => rows.filter((row) => row.age === age).reduce((total, { systems }) => total + systems, 0);
  assert.equal(arrivals.value, sum(1) / 2);
  assert.equal(survival.value, sum(2) / 3 / (sum(1) / 2));
});

test('M4: arrivals are all of the youngest where rpm-ostree counts, and half of them where dnf does', () => {
  const isImage = ({ edition }: { edition: string }) => edition === 'workstation';
  const mixed = indexTables(
    withSystems(
      sample,
      sample.systems.map((row) => (isImage(row) ? { ...row, client: 'rpm-ostree' } : row)),
    ),
  );
  const rows = mixed.systems.get(mixed.shown!.week)!.filter(({ age }) => age === 1);
  const sum = (own: typeof rows) => own.reduce((total, { systems }) => total + systems, 0);
  const { arrivals } = lifetimeOf(mixed, mixed.shown!, {})!;
  assert.equal(arrivals.value, sum(rows.filter((row) => !isImage(row))) / 2 + sum(rows.filter(isImage)));
  const images = lifetimeOf(mixed, mixed.shown!, { edition: ['workstation'] })!;
  assert.equal(images.arrivals.value, sum(rows.filter(isImage)));
  const only = indexTables(
    withSystems(
      sample,
      sample.systems.map((row) => ({ ...row, client: 'rpm-ostree' })),
    ),
  );
  assert.equal(lifetimeOf(only, only.shown!, {})!.arrivals.value, sum(rows));
  assert.deepEqual([tables.ages, mixed.ages, only.ages], ['two-weeks', 'mixed', 'one-week']);
});

test('M4: of imported totals nobody knows whose ages they are', () => {
  const imported = { ...sample, systems: sample.systems.map((row) => ({ ...row, client: '' })) };
  assert.equal(indexTables(imported).ages, 'mixed');
});

test('the headline is rounded to three digits, or to the step of the counts if that is more', () => {
  assert.equal(roundForHeadline(276_450, 10), 276_000);
  assert.equal(roundForHeadline(1_234, 10), 1_230);
  assert.equal(roundForHeadline(94, 10), 90);
  assert.equal(roundForHeadline(0, 10), 0);
  assert.equal(roundForHeadline(7, 1), 7);
  const property = fc.property(fc.integer({ min: 1, max: 1e9 }), fc.constantFrom(1, 5, 10, 20), (value, step) => {
    assert.ok(Math.abs(roundForHeadline(value, step) - value) <= Math.max(value * 0.005, step / 2));
  });
  fc.assert(property, { seed: 7 });
});

test('shares keep their meaning when written: nearly all is not all, little is not nothing, and all are rounded, not cut', () => {
  const { share } = formatsOf('en', 10);
  const written = (value: number) => share({ value, of: '' }).text;
  assert.deepEqual([0, 0.0004, 0.021, 0.462, 0.9949, 0.9968, 0.9996, 1].map(written), [
    ...['0%', '0.04%', '2.1%', '46%', '99%', '99.7%', '>99.9%', '100%'],
  ]);
});

test('sizes of files are written out where they are small', () => {
  const { bytes } = formatsOf('en', 10);
  assert.deepEqual([1, 396, 1_500, 2_340_000].map(bytes), ['1 byte', '396 bytes', '1.5 kB', '2.3 MB']);
  assert.equal(formatsOf('ja', 10).bytes(396), '396 バイト');
});

test('a week is written as people write it, in both languages', () => {
  assert.equal(formatsOf('en', 10).days('2026-05-04', '2026-05-10'), '4–10\u00a0May 2026');
  assert.equal(formatsOf('ja', 10).days('2026-05-04', '2026-05-10'), '2026年5月4日～10日');
  assert.equal(formatsOf('ja', 10).days('2026-04-27', '2026-05-03'), '2026年4月27日～5月3日');
  assert.equal(formatsOf('ja', 10).days('2025-12-29', '2026-01-04'), '2025年12月29日～2026年1月4日');
});

test('a sentence is the same with and without its formulas', () => {
  const { count } = formatsOf('en', 10);
  assert.equal(
    plainText(say`About ${count({ value: 1_230, of: 'x' })} systems ${say`and ${'more'}`}.`),
    'About 1,230 systems and more.',
  );
});

test('the worked example of the methodology follows the rules it explains', () => {
  const outcomes = EXAMPLE.map(({ outcome }) => outcome);
  const systems = outcomes.filter(({ kind }) => kind === 'system');
  assert.equal(EXAMPLE.length, 14);
  assert.equal(systems.length, 5);
  assert.equal(systems.filter((outcome) => outcome.kind === 'system' && outcome.age > 1).length, 3);
  for (const { line, outcome } of EXAMPLE) {
    const reading = readRequest(/"(?:GET|HEAD) (\S+) /.exec(line)![1]!);
    if (outcome.kind === 'plain') assert.equal(reading.kind, 'no-candidate', line);
    else if (outcome.kind === 'age') assert.deepEqual(reading, { kind: 'rejected', reason: 'age' }, line);
    else if (outcome.kind === 'duplicate')
      assert.deepEqual(reading, { kind: 'rejected', reason: 'duplicate-key' }, line);
    else assert.equal(reading.kind, 'request', line);
    if (outcome.kind === 'system' && reading.kind === 'request') {
      assert.equal(reading.request.age, outcome.age);
      assert.equal(reading.request.repoTag, `baseos-${outcome.release}`);
    }
  }
});
