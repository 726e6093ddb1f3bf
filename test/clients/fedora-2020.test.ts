import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Workplace } from '../support/command-line.ts';
import {
  assertSame,
  countReplayed,
  FEDORA_CSV,
  FEDORA_DATABASE,
  hitsOf,
  linesOf,
  rowsOf,
  skipWithoutFedora,
} from '../support/fedora-2020.ts';

/** The first and smallest, one before most of the others, one with odd names (`fedora-32=32`), the last and largest. */
const WEEKS = [
  { monday: '2020-02-10', number: 2614 },
  { monday: '2020-04-20', number: 2624 },
  { monday: '2020-09-07', number: 2644 },
  { monday: '2020-11-16', number: 2654 },
];

test(`U7 X1 X2: ${WEEKS.length} weeks of Fedora 2020, written as logs and counted, are what was published`, {
  skip: skipWithoutFedora,
  timeout: 120_000,
}, async (context) => {
  const place = new Workplace(context);
  const [header, ...lines] = readFileSync(FEDORA_CSV, 'utf8').split('\n');
  const published = lines.filter((line) => WEEKS.some(({ monday }) => line.startsWith(monday)));
  const csv = [header, ...published, ''].join('\n');
  place.write('published.csv', Buffer.from(csv));

  const counted = await countReplayed(place, 'published.csv');

  const ofWeeks = rowsOf(FEDORA_DATABASE).filter(([, week]) => WEEKS.some(({ number }) => number === week));
  assert.equal(hitsOf(ofWeeks), 2_509_488);
  assertSame(linesOf(counted.csv), linesOf(csv));
  assertSame(rowsOf(counted.database), ofWeeks);
});
