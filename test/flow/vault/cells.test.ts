import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Week } from '../../../src/flow/sightings/week.ts';
import {
  addCells,
  cellKey,
  decodeCells,
  EMPTY_CELLS,
  encodeCells,
  equalCells,
  splitKey,
  sumOfHits,
  type WeekCells,
} from '../../../src/flow/vault/cells.ts';
import { byWeek, type CellIds } from '../../../src/flow/vault/cells-by-week.ts';
import { testSeed } from '../../support/random.ts';

const seed = testSeed();
function property<Values>(name: string, check: fc.IProperty<Values>): void {
  test(`${name} (seed ${seed})`, () => fc.assert(check, { seed, numRuns: 300 }));
}

const LARGEST_KEY = cellKey(2 ** 22 - 1, 2 ** 22 - 1, 2 ** 9 - 1);

function cellsOf(hitsByKey: ReadonlyMap<number, number>): WeekCells {
  const ordered = [...hitsByKey].sort(([a], [b]) => a - b);
  return { keys: Float64Array.from(ordered, ([key]) => key), hits: Float64Array.from(ordered, ([, hits]) => hits) };
}

/** Few keys, so that tables share some; few of them large. */
const key = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: LARGEST_KEY }));
const cells = fc
  .array(fc.tuple(key, fc.integer({ min: 1, max: 2 ** 44 })), { maxLength: 60 })
  .map((pairs) => cellsOf(new Map(pairs)));

function isNormal({ keys, hits }: WeekCells): boolean {
  return keys.every((each, i) => i === 0 || keys[i - 1]! < each) && hits.every((each) => each > 0);
}

describe('keys', () => {
  property(
    'V1: a key gives back its system, request and country',
    fc.property(
      fc.integer({ min: 0, max: 2 ** 22 - 1 }),
      fc.integer({ min: 0, max: 2 ** 22 - 1 }),
      fc.integer({ min: 0, max: 2 ** 9 - 1 }),
      (system, request, country) => {
        assert.deepEqual(splitKey(cellKey(system, request, country)), { system, request, country });
      },
    ),
  );

  test('D25: the largest key is exact; more ids than a key can hold are a fault', () => {
    assert.equal(LARGEST_KEY, Number.MAX_SAFE_INTEGER);
    assert.throws(() => cellKey(2 ** 22, 0, 0), RangeError);
    assert.throws(() => cellKey(0, 2 ** 22, 0), RangeError);
    assert.throws(() => cellKey(0, 0, 2 ** 9), RangeError);
  });
});

describe('sums', () => {
  property(
    'P3 C4: in any order',
    fc.property(cells, cells, (a, b) => {
      const sum = addCells(a, b);
      assert.ok(isNormal(sum));
      assert.ok(equalCells(sum, addCells(b, a)));
      assert.equal(sumOfHits(sum), sumOfHits(a) + sumOfHits(b));
    }),
  );

  property(
    'P3 C4: in any grouping',
    fc.property(cells, cells, cells, (a, b, c) => {
      assert.ok(equalCells(addCells(addCells(a, b), c), addCells(a, addCells(b, c))));
    }),
  );

  property(
    'P3 G4: what is taken out again leaves no trace',
    fc.property(cells, cells, (a, b) => {
      assert.ok(equalCells(addCells(addCells(a, b), b, -1), a));
      assert.ok(equalCells(addCells(a, a, -1), EMPTY_CELLS));
      assert.ok(equalCells(addCells(a, EMPTY_CELLS), a));
    }),
  );

  test('V5: taking out more than there is, is damage and not a negative number', () => {
    const three = cellsOf(new Map([[7, 3]]));
    const four = cellsOf(new Map([[7, 4]]));
    assert.throws(() => addCells(three, four, -1), { name: 'VaultFault', kind: 'damaged' });
    assert.throws(() => addCells(EMPTY_CELLS, three, -1), { name: 'VaultFault', kind: 'damaged' });
  });

  test('D25: exact up to 2^53 - 1, a fault beyond it', () => {
    const most = cellsOf(new Map([[1, Number.MAX_SAFE_INTEGER - 1]]));
    const one = cellsOf(new Map([[1, 1]]));
    const sum = addCells(most, one);
    assert.equal(sum.hits[0], Number.MAX_SAFE_INTEGER);
    assert.throws(() => addCells(sum, one), /2\^53/);
    assert.equal(sumOfHits(sum), Number.MAX_SAFE_INTEGER);
    assert.throws(
      () =>
        sumOfHits(
          cellsOf(
            new Map([
              [1, 2 ** 52],
              [2, 2 ** 52],
            ]),
          ),
        ),
      /2\^53/,
    );
    // The rounding of doubles would hide this one.
    assert.throws(
      () =>
        sumOfHits(
          cellsOf(
            new Map([
              [1, Number.MAX_SAFE_INTEGER],
              [2, 1],
              [3, 1],
            ]),
          ),
        ),
      /2\^53/,
    );
  });
});

describe('bytes', () => {
  property(
    'V1: read back as they were written',
    fc.property(cells, (a) => {
      const bytes = encodeCells(a);
      assert.ok(equalCells(decodeCells(bytes), a));
      // SQLite hands out bytes at any offset.
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      assert.ok(equalCells(decodeCells(shifted.subarray(3)), a));
    }),
  );

  test('D25: the largest key and the largest hits survive', () => {
    const largest = cellsOf(
      new Map([
        [0, 1],
        [LARGEST_KEY, Number.MAX_SAFE_INTEGER],
      ]),
    );
    assert.ok(equalCells(decodeCells(encodeCells(largest)), largest));
    assert.ok(equalCells(decodeCells(encodeCells(EMPTY_CELLS)), EMPTY_CELLS));
  });

  const sample = cellsOf(new Map(Array.from({ length: 50 }, (_, i) => [i * i * 1e9, 1 + i * 12_345])));
  const bytes = encodeCells(sample);
  const isDamage = { name: 'VaultFault', kind: 'damaged' };

  test('V2 E08: every flipped bit is found', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => decodeCells(flipped), isDamage, `bit ${bit}`);
    }
  });

  test('V2 E08: every shorter length and everything appended is found', () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeCells(bytes.subarray(0, length)), isDamage, `${length} bytes`);
    }
    assert.throws(() => decodeCells(Uint8Array.of(...bytes, 0)), isDamage);
    assert.throws(() => decodeCells(Uint8Array.of(...bytes, ...bytes)), isDamage);
  });

  test('about 4 bytes a cell', () => {
    const usual = cellsOf(new Map(Array.from({ length: 10_000 }, (_, i) => [i * 2 ** 12 + (i % 7), 1 + (i % 100)])));
    assert.ok(encodeCells(usual).length < 4 * 10_000);
  });
});

describe('a log by week', () => {
  test('C4: its cells come into their weeks, in the ids of the vault, sorted', () => {
    const ids = { systems: Uint32Array.of(30, 10), requests: Uint32Array.of(7, 5), countries: Uint32Array.of(0, 2) };
    const columns = {
      week: Uint32Array.of(2901, 2900, 2901, 2901),
      system: Uint32Array.of(0, 1, 1, 1),
      request: Uint32Array.of(0, 0, 1, 0),
      country: Uint32Array.of(1, 1, 1, 1),
      hits: Float64Array.of(1, 2, 3, 4),
    };
    const weeks = byWeek(columns, ids);
    assert.deepEqual([...weeks.keys()].sort(), [2900, 2901]);
    assert.deepEqual(weeks.get(2900 as Week), cellsOf(new Map([[cellKey(10, 7, 2), 2]])));
    assert.deepEqual(
      weeks.get(2901 as Week),
      cellsOf(
        new Map([
          [cellKey(30, 7, 2), 1],
          [cellKey(10, 5, 2), 3],
          [cellKey(10, 7, 2), 4],
        ]),
      ),
    );
    assert.equal(byWeek({ ...columns, week: Uint32Array.of(), hits: Float64Array.of() }, ids).size, 0);
  });

  /** A few ids of each kind, small ones mostly, as in a young vault. */
  const idsBelow = (end: number) =>
    fc
      .oneof(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(fc.integer({ min: 0, max: end - 1 }), { minLength: 1, maxLength: 6 }),
      )
      .map((ids) => Uint32Array.from(ids));
  const place = fc.nat({ max: 5 });
  const rowsOf = fc.uniqueArray(fc.tuple(fc.integer({ min: 2700, max: 2703 }), place, place, place), {
    maxLength: 80,
    selector: String,
  });

  property(
    'C4: nothing is lost, whatever the weeks and ids',
    fc.property(idsBelow(2 ** 22), idsBelow(2 ** 22), idsBelow(2 ** 9), rowsOf, (systems, requests, countries, all) => {
      const ids = { systems, requests, countries };
      const rows = all.filter(
        ([, system, request, country]) =>
          system < systems.length && request < requests.length && country < countries.length,
      );
      assertWeeks(byWeek(columnsOf(rows), ids), rows, ids);
    }),
  );

  test('C4: rows that do not fit into 64 bits together are sorted too', () => {
    const ids = {
      systems: Uint32Array.of(2 ** 22 - 1, 0, 2 ** 21),
      requests: Uint32Array.from({ length: 2000 }, (_, i) => 2 ** 22 - 1 - i),
      countries: Uint32Array.of(511, 0),
    };
    const rows = Array.from({ length: 12_000 }, (_, i): Row => [2900 + (i % 7), i % 3, i % 2000, (i / 6000) | 0]);
    assertWeeks(byWeek(columnsOf(rows), ids), rows, ids);
  });

  test('C4 D25: a key that comes twice, or an id that no key can hold, is a fault', () => {
    const columns = columnsOf([
      [2900, 0, 0, 0],
      [2900, 1, 0, 0],
    ]);
    const ids = { systems: Uint32Array.of(3, 3), requests: Uint32Array.of(1), countries: Uint32Array.of(1) };
    assert.throws(() => byWeek(columns, ids), /the same key/);
    assert.throws(() => byWeek(columns, { ...ids, systems: Uint32Array.of(3, 2 ** 22) }), RangeError);
  });
});

type Row = [week: number, system: number, request: number, country: number];

function columnsOf(rows: readonly Row[]) {
  return {
    week: Uint32Array.from(rows, ([week]) => week),
    system: Uint32Array.from(rows, ([, system]) => system),
    request: Uint32Array.from(rows, ([, , request]) => request),
    country: Uint32Array.from(rows, ([, , , country]) => country),
    hits: Float64Array.from(rows, (_, row) => row + 1),
  };
}

/** Put together anew, one row after the other. */
function assertWeeks(weeks: Map<Week, WeekCells>, rows: readonly Row[], ids: CellIds): void {
  const expected = new Map<Week, Map<number, number>>();
  rows.forEach(([week, system, request, country], row) => {
    const hitsByKey = expected.get(week as Week) ?? new Map<number, number>();
    expected.set(week as Week, hitsByKey);
    hitsByKey.set(cellKey(ids.systems[system]!, ids.requests[request]!, ids.countries[country]!), row + 1);
  });
  assert.deepEqual([...weeks.keys()].sort(), [...expected.keys()].sort());
  for (const [week, hitsByKey] of expected) assert.ok(equalCells(weeks.get(week)!, cellsOf(hitsByKey)));
}
