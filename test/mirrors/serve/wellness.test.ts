import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Whole } from '../../../src/mirrors/serve/messages.ts';
import { metricsText } from '../../../src/mirrors/serve/metrics-text.ts';
import { wellnessOf } from '../../../src/mirrors/serve/wellness.ts';

const NOW = 1_784_138_400;
const SPOOL = { taken: 5, waiting: 1, lost: 0, failing: undefined };

function whole(more: Partial<Whole> = {}): Whole {
  return {
    counts: new Map([
      ['requests\nmirrorlist\n200', 7],
      ['firstPlaces\nm"\\.example.org', 3],
    ]),
    workers: [{ spool: SPOOL, connections: 2, memory: 100 }],
    workersWanted: 1,
    catalogue: { loaded: NOW - 60, refused: undefined, mirrors: 530, warnings: 3, errors: 1 },
    health: { loaded: NOW - 60, refused: undefined, checked: NOW - 600 },
    tasks: [{ name: 'fold', lastDone: NOW - 30, failure: undefined }],
    ...more,
  };
}

describe('what an operator should look at', () => {
  const { catalogue, health, workers } = whole();
  const cases: [name: string, more: Partial<Whole>, reason: RegExp | undefined][] = [
    ['nothing', {}, undefined],
    ['nothing, without checks', { health: undefined }, undefined],
    [
      'a refused catalogue',
      { catalogue: { ...catalogue, refused: 'config.yml:1' } },
      /^the mirrors folder is refused.*config\.yml:1$/,
    ],
    [
      'a refused state',
      { health: { ...health!, refused: 'it is damaged' } },
      /state of the mirrors is refused.*it is damaged$/,
    ],
    ['checks that have stopped', { health: { ...health!, checked: NOW - 10_800 } }, /last checked 3 hours ago/],
    ['mirrors that were never checked', { health: { ...health!, checked: undefined } }, /run rollcall check$/],
    ['a spool that fails', { workers: [{ ...workers[0]!, spool: { ...SPOOL, failing: 'ENOSPC' } }] }, /spool: ENOSPC$/],
    [
      'check-ins that were lost',
      { workers: [{ ...workers[0]!, spool: { ...SPOOL, lost: 4 } }] },
      /^4 check-ins were lost/,
    ],
    [
      'counting that fails',
      { tasks: [{ name: 'fold', lastDone: undefined, failure: 'why' }] },
      /counted into the vault: why$/,
    ],
    ['a site that fails', { tasks: [{ name: 'publish', lastDone: undefined, failure: 'why' }] }, /published: why$/],
    ['a process that is missing', { workersWanted: 2 }, /^1 of 2 processes run$/],
  ];
  for (const [name, more, reason] of cases) {
    test(name, () => {
      const { status, reasons } = wellnessOf(whole(more), NOW);
      assert.equal(status, reason === undefined ? 'ok' : 'failing');
      assert.equal(reasons.length, reason === undefined ? 0 : 1, reasons.join('\n'));
      if (reason !== undefined) assert.match(reasons[0]!, reason);
    });
  }
});

test('every line of /metrics is one that Prometheus can read', () => {
  const text = metricsText(whole(), NOW);
  const line =
    /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? -?[0-9.e+-]+)$/;
  for (const one of text.trimEnd().split('\n')) assert.match(one, line);
  assert.match(text, /^rollcall_requests_total\{route="mirrorlist",status="200"\} 7$/m);
  assert.match(text, /^rollcall_first_places_total\{mirror="m\\"\\\\\.example\.org"\} 3$/m);
  assert.match(text, /^rollcall_failing 0$/m);
  assert.match(text, /^rollcall_state_age_seconds 600$/m);
  assert.match(text, /^rollcall_task_age_seconds\{task="fold"\} 30$/m);
});
