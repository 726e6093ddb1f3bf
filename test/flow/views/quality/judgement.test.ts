import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Age } from '../../../../src/flow/sightings/request.ts';
import type { Week } from '../../../../src/flow/sightings/week.ts';
import type { SystemsRow } from '../../../../src/flow/views/publication/tables.ts';
import { gradeOf } from '../../../../src/flow/views/quality/grade.ts';
import { whyHeld } from '../../../../src/flow/views/quality/hold.ts';
import { implausibleAges, implausibleWeeks } from '../../../../src/flow/views/quality/plausible-age.ts';

describe('grades', () => {
  const sound = { coverage: 1, loss: undefined, early: undefined, disagreement: 0, nothing: 0, declared: undefined };
  const grades: [string, Partial<Parameters<typeof gradeOf>[0]>, string, RegExp][] = [
    ['all logs', {}, 'A', /^$/],
    ['98 %', { coverage: 0.98 }, 'A', /^$/],
    ['a little less', { coverage: 0.979 }, 'B', /^2 % of the expected logs are missing$/],
    ['90 %', { coverage: 0.9 }, 'B', /^10 % /],
    ['less', { coverage: 0.899 }, 'C', /^10 % of the expected logs are missing$/],
    ['nothing known of logs', { coverage: null }, 'A', /^$/],
    ['repositories that differ by a quarter', { disagreement: 0.25 }, 'A', /^$/],
    ['repositories that differ by more', { disagreement: 0.26 }, 'C', /^repositories disagree by more than 25 %$/],
    ['undeclared loss', { loss: 0.55 }, 'C', /^all repositories fell together to 55 %: logs are missing$/],
    [
      'a loss in the week of a release',
      { early: 0.8 },
      'C',
      /^before a release only 80 % of a usual Monday came: logs/,
    ],
    ['2 % that stand for nothing', { nothing: 0.02 }, 'A', /^$/],
    ['M7: more than 2 %', { nothing: 0.021 }, 'B', /^2 % of the check-ins ask for what no definition counts$/],
    [
      'that and a lost log',
      { nothing: 0.5, coverage: 0.95 },
      'B',
      /^5 % of the expected logs.*; 50 % of the check-ins/,
    ],
    ['that and worse', { nothing: 0.5, loss: 0.5 }, 'C', /^all repositories .*; 50 % of the check-ins/],
    ['the operator says partial', { declared: { grade: 'C', text: 'Disk full' } }, 'C', /^Disk full$/],
    [
      'the operator excludes',
      { coverage: 0.5, loss: 0.5, declared: { grade: 'X', text: 'A flood' } },
      'X',
      /^A flood$/,
    ],
    ['several reasons', { coverage: 0.5, loss: 0.5 }, 'C', /^50 % of .*; all repositories /],
  ];
  for (const [what, evidence, grade, note] of grades) {
    test(`${what}: ${grade}`, () => {
      const given = gradeOf({ ...sound, ...evidence });
      assert.equal(given.grade, grade);
      assert.match(given.note, note);
    });
  }
});

describe('the hold', () => {
  const sizes = (systems: number, groups: Record<string, number> = {}) => ({
    step: 1,
    systems,
    groups: new Map(Object.entries(groups)),
    toldApart: new Map<string, number>(),
    silence: undefined,
  });
  const month = [1000, 1010, 990, 1000].map((systems) => sizes(systems, { big: 500, small: 10 }));

  test('a week within 15 % of the median of four is plausible', () => {
    for (const systems of [850, 1000, 1150]) assert.equal(whyHeld(sizes(systems), month), undefined);
  });

  test('one beyond it waits, and the reason says by how much', () => {
    assert.equal(whyHeld(sizes(1151), month), '15 % more than in the four weeks before');
    assert.equal(whyHeld(sizes(400), month), '60 % less than in the four weeks before');
    assert.equal(whyHeld(sizes(0), month), '100 % less than in the four weeks before');
  });

  test('R13 R14: what is said is made of rounded numbers, and of fewer than 100 there is none', () => {
    const said = (now: number, usual: number, groups: [Record<string, number>, Record<string, number>] = [{}, {}]) => {
      const [own, before] = [sizes(now, groups[0]), sizes(usual, groups[1])];
      return whyHeld({ ...own, step: 10 }, [before, before, before, before]);
    };
    assert.equal(said(183, 118), '50 % more than in the four weeks before');
    assert.equal(said(184, 115), said(176, 124));
    assert.equal(said(44, 118), 'more than 15 % less than in the four weeks before');
    assert.equal(said(1000, 1000, [{ small: 61 }, { small: 14 }]), 'small: 500 % more than in the four weeks before');
  });

  test('so does one in which a large group grows fourfold, while the total does not tell', () => {
    assert.equal(
      whyHeld(sizes(1030, { big: 500, small: 41 }), month),
      'small: 310 % more than in the four weeks before',
    );
    assert.equal(whyHeld(sizes(1030, { big: 500, small: 40 }), month), undefined);
  });

  test('a group that was not there before is a release, not a flood', () => {
    assert.equal(whyHeld(sizes(1100, { big: 500, fresh: 100 }), month), undefined);
  });

  test('only the ten largest groups can be a flood', () => {
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`group ${i}`, 100]));
    const before = month.map(({ systems }) => sizes(systems, { ...many, tiny: 10 }));
    assert.equal(whyHeld(sizes(1030, { ...many, tiny: 90 }), before), undefined);
  });

  const withFlood = (systems: number, toldApart: Record<string, number>) => ({
    ...sizes(systems, { big: systems - 10, small: 10 }),
    toldApart: new Map(Object.entries(toldApart)),
  });

  test('J5: a week in which one network suddenly brings much, or most of a large group, waits', () => {
    assert.equal(whyHeld(withFlood(1000, { big: 100 }), month), undefined);
    assert.equal(whyHeld(withFlood(1000, { big: 250 }), month), '20 % come from one network, and are told apart');
    assert.equal(
      whyHeld(withFlood(1000, { small: 90 }), month),
      'small: 90 % come from one network, and are told apart',
    );
    const usual = [1000, 1010, 990, 1000].map((systems) => withFlood(systems, { big: 200, small: 80 }));
    assert.equal(whyHeld(withFlood(1000, { big: 250, small: 90 }), usual), undefined, 'it was so in other weeks too');
  });

  test('J5: a group that only a stranger named is not named', () => {
    assert.equal(whyHeld(withFlood(1000, { 'a stranger wrote this': 90 }), month), undefined);
  });

  test('J5: where addresses say nothing, half a jump is enough, and the first week behind few addresses waits', () => {
    const hidden = (systems: number) => ({ ...sizes(systems), silence: 'hidden' as const });
    assert.equal(whyHeld(hidden(1080), month), '8 % more than in the four weeks before');
    assert.equal(whyHeld(hidden(1070), month), undefined);
    const few = { ...sizes(1000), silence: 'few' as const };
    assert.match(whyHeld(few, [])!, /^nearly all check-ins come from at most three networks/);
    assert.equal(whyHeld(few, [few]), undefined);
  });

  test('with fewer than four weeks before it nothing is implausible; older ones do not count', () => {
    assert.equal(whyHeld(sizes(1), month.slice(1)), undefined);
    assert.equal(whyHeld(sizes(1000), [...[1, 1, 1].map((systems) => sizes(systems)), ...month]), undefined);
  });
});

describe('plausible ages', () => {
  const FIRST = 2900;
  const weeks = Array.from({ length: 20 }, (_, i) => (FIRST + i) as Week);

  /** A group in which `young` of 100 systems are of age 1, week by week; undefined: it is not there. */
  function group(version: string, young: (number | undefined)[], client = 'libdnf'): SystemsRow[] {
    return young.flatMap((share, i) => {
      if (share === undefined) return [];
      const row = (age: Age, systems: number): SystemsRow => ({
        week: weeks[i]!,
        os: 'Meridian',
        version,
        edition: 'container',
        arch: 'x86_64',
        client,
        age,
        systems,
      });
      return [row(1, share), row(3, 100 - share)].filter(({ systems }) => systems > 0);
    });
  }

  const flagged = (young: (number | undefined)[]) => {
    const seen = weeks.slice(0, young.length);
    const found = implausibleWeeks(seen, group('9.4', young)).get('Meridian\x009\0container\0libdnf') ?? new Map();
    return [...found.keys()].map((week) => week - FIRST);
  };
  const repeat = (share: number, times: number) => Array<number>(times).fill(share);

  test('a group that stays young is flagged in the sixth week after its first six', () => {
    assert.deepEqual(flagged(repeat(95, 11)), []);
    assert.deepEqual(flagged(repeat(95, 14)), [11, 12, 13]);
  });

  test('a new series is exempt for six weeks, whatever it is afterwards', () => {
    assert.deepEqual(flagged([...repeat(99, 6), ...repeat(40, 8)]), []);
  });

  test('one week below 90 % begins the six anew', () => {
    assert.deepEqual(flagged([...repeat(95, 10), 89, ...repeat(90, 6)]), [16]);
  });

  test('weeks in which the group is not there are passed over', () => {
    assert.deepEqual(flagged([...repeat(95, 8), undefined, undefined, ...repeat(95, 6)]), [13, 14, 15]);
  });

  test('what later weeks bring changes nothing of the weeks before', () => {
    const young = [...repeat(95, 14), ...repeat(10, 3), ...repeat(95, 3)];
    for (let length = 1; length <= young.length; length++) {
      const whole = flagged(young).filter((week) => week < length);
      assert.deepEqual(flagged(young.slice(0, length)), whole);
    }
  });

  test('J6 M4: each client by its own ages: where two count, one may forget what the other knows', () => {
    const rows = [...group('9.4', repeat(95, 14), 'rpm-ostree'), ...group('9.4', repeat(20, 14))];
    const seen = weeks.slice(0, 14);
    assert.deepEqual(
      implausibleAges(implausibleWeeks(seen, rows), seen.at(-1)).map(({ client }) => client),
      ['rpm-ostree'],
    );
  });

  test('minor releases are judged together, and the newest week names the groups with the first week of their time', () => {
    const rows = [...group('9.4', repeat(95, 7)), ...group('9.5', [...Array(7).fill(undefined), ...repeat(95, 7)])];
    const seen = weeks.slice(0, 14);
    assert.deepEqual(implausibleAges(implausibleWeeks(seen, rows), seen.at(-1)), [
      { os: 'Meridian', version: '9', edition: 'container', client: 'libdnf', since: FIRST + 6 },
    ]);
    assert.deepEqual(implausibleAges(implausibleWeeks(weeks.slice(0, 15), rows), weeks[14]), []);
    assert.deepEqual(implausibleAges(new Map(), undefined), []);
  });
});
