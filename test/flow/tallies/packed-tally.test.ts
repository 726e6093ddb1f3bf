import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Age, Request } from '../../../src/flow/sightings/request.ts';
import type { System } from '../../../src/flow/sightings/system.ts';
import { type LogTally, PARTS } from '../../../src/flow/tallies/log-tally.ts';
import { movedWith, packTally, unpackTally } from '../../../src/flow/tallies/packed-tally.ts';
import { testSeed } from '../../support/random.ts';

/** Texts that come again, and odd ones: none may be taken for a mark between others. */
const text = fc.oneof(
  fc.constantFrom('', 'x86_64', '__proto__', 'a,b', '["', '\0', '\n', '\ud800', 'é😀'),
  fc.string({ unit: 'binary' }),
);
const system = fc.record<System>(
  { client: text, osName: text, osVersion: text, osVariant: text, osArch: text },
  { noNullPrototype: true },
);
const request = fc.record<Request>(
  { age: fc.constantFrom<Age>(1, 2, 3, 4), repoTag: text, repoArch: text },
  { noNullPrototype: true },
);

function tallyOf(systems: System[], requests: Request[]): LogTally {
  return {
    candidates: 3,
    counted: 2,
    known: 0,
    misfits: 1,
    rejections: [{ reason: 'malformed', week: undefined, count: 1 }],
    systems,
    requests,
    countries: ['ZZ', 'JP'],
    cells: {
      week: Uint32Array.of(2900),
      system: Uint32Array.of(0),
      request: Uint32Array.of(0),
      country: Uint32Array.of(1),
      hits: Float64Array.of(2),
    },
    firstHour: undefined,
    span: undefined,
    hoursCounted: [],
    hoursSeen: [],
    networks: { week: Uint32Array.of(2900), system: Uint32Array.of(0), network: BigUint64Array.of(2n ** 63n) },
    marks: {
      hour: Uint32Array.of(500_000, 500_001),
      lines: Uint32Array.of(2, 700),
      count: Uint32Array.of(2, 1),
      level: Uint8Array.of(1, 1),
      marks: Uint32Array.of(7, 2 ** 31 - 1, 1),
      seconds: Uint16Array.of(0, 59, 3599),
    },
    spread: {
      week: Uint32Array.of(2900),
      system: Uint32Array.of(0),
      request: Uint32Array.of(0),
      hits: new Uint32Array(PARTS).fill(1),
    },
  };
}

const seed = testSeed();
test(`C6: a tally comes out of another thread as it went in (seed ${seed})`, () => {
  const property = fc.property(fc.array(system), fc.array(request), (systems, requests) => {
    const packed = packTally(tallyOf(systems, requests));
    const received = unpackTally(structuredClone(packed, { transfer: movedWith(packed) }));
    assert.deepEqual(received, tallyOf(systems, requests));
    assert.equal(packed.cells.hits.length, 0);
  });
  fc.assert(property, { seed, numRuns: 300 });
});
