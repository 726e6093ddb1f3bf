import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeMessage } from '../../../../src/flow/views/publication/badge-message.ts';
import { type Badge, badgeFile } from '../../../../src/flow/website/badges/badge.ts';
import { assertSvg, elementsOf } from '../../../support/read-svg.ts';

const BADGE: Badge = { label: 'systems last week', message: badgeMessage(276_450), isStale: false };

test('a badge says its number in text and in its name', () => {
  const text = badgeFile({ ...BADGE, arrow: { direction: 'up', text: 'up' } }, 'auto');
  assertSvg(text);
  assert.deepEqual(
    elementsOf(text, 'text').map(({ text: words }) => words),
    ['systems last week', '276k'],
  );
  assert.equal(elementsOf(text, 'title')[0]!.text, 'systems last week: 276k, up');
  assert.ok(text.includes('prefers-color-scheme:dark'));
});

test('a stale badge is grey and has its date', () => {
  const stale = badgeFile({ ...BADGE, message: badgeMessage(276_450, '2020-11-09'), isStale: true }, 'light');
  assert.match(stale, /class="stale"/);
  assert.match(stale, />276k \(9 Nov\)</);
  assert.doesNotMatch(badgeFile(BADGE, 'light'), /class="stale"/);
});

test('F06: a badge draws any trend, also of nothing', () => {
  for (const trend of [[], [null], [5], [0, 0], [1, null, 1e9]]) {
    const text = badgeFile({ ...BADGE, trend }, 'dark');
    assertSvg(text);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  }
});

test('F01: a name on a badge is text', () => {
  for (const label of ['<script>alert(1)</script>', '"><img onerror=x>', '</style>', ']]>', '\u0000', '']) {
    const text = badgeFile({ ...BADGE, label }, 'auto');
    assertSvg(text);
    assert.doesNotMatch(text, /<(?:script|img)/);
  }
});
