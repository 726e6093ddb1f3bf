import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnyTime, readLogTime } from '../../../src/flow/sightings/time.ts';
import { logLine, logTime } from '../../support/log-lines.ts';
import { outcomeOf, seen, verdictOf } from '../../support/one-line.ts';
import { NOW } from '../../support/readers.ts';

const weekOf = (time: string) => seen({ time }).week;

test('D11 T1 what is no time is rejected, and nothing rolls over', () => {
  const never = [
    '31/Feb/2022:12:00:00 +0000',
    '30/Feb/2024:12:00:00 +0000',
    '29/Feb/2023:12:00:00 +0000',
    '31/Apr/2022:12:00:00 +0000',
    '00/Dec/2021:17:02:12 +0000',
    '32/Dec/2021:17:02:12 +0000',
    '15/Dec/2021:24:00:00 +0000',
    '15/Dec/2021:23:60:00 +0000',
    '15/Dec/2021:23:59:60 +0000',
    '15/Dez/2021:17:02:12 +0000',
    '15/dec/2021:17:02:12 +0000',
    '15/DEC/2021:17:02:12 +0000',
    '15/\xe5\x8d\x81/2021:17:02:12 +0000',
    '1/Dec/2021:17:02:12 +0000',
    '15/Dec/21:17:02:12 +0000',
    '15/Dec/-021:17:02:12 +0000',
    '15/Dec/2021:-1:02:12 +0000',
    '15/Dec/2021 17:02:12 +0000',
    '15-Dec-2021:17:02:12 +0000',
    '2021-12-15T17:02:12+00:00',
    ' 15/Dec/2021:17:02:12 +0000',
    '15/Dec/2021:17:02:12 +0000 ',
    '',
    '-',
  ];
  for (const time of never) {
    assert.deepEqual(verdictOf(logLine({ time })), { rejected: 'time', week: undefined }, time);
    assert.equal(readLogTime(time), undefined, time);
  }
  assert.equal(weekOf('29/Feb/2024:12:00:00 +0000'), '2024-02-26');
  assert.equal(weekOf('31/Dec/2021:23:59:59 +0000'), '2021-12-27');
});

test('D12 T1 T2 every offset is honoured; one that is missing or impossible is rejected', () => {
  const canonical = readLogTime('15/Dec/2021:17:02:12 +0000')!;
  const offsets: [string, number][] = [
    ['+0000', 0],
    ['-0000', 0],
    ['+0100', -3600],
    ['-0730', 27_000],
    ['+1400', -50_400],
    ['+1459', -53_940],
    ['-1459', 53_940],
    ['+0545', -20_700],
  ];
  for (const [offset, seconds] of offsets) {
    assert.equal(readLogTime(`15/Dec/2021:17:02:12 ${offset}`), canonical + seconds, offset);
    assert.equal(outcomeOf({ time: `15/Dec/2021:17:02:12 ${offset}` }), 'counted', offset);
  }
  for (const offset of ['Z', '', '+1500', '-1500', '+0060', '+9999', '+00:00', '0000', '+000', '+00000', '*0000']) {
    assert.equal(outcomeOf({ time: `15/Dec/2021:17:02:12 ${offset}` }), 'time', offset);
  }
  assert.equal(outcomeOf({ time: '15/Dec/2021:17:02:12' }), 'time');
});

test('D12 T2 the hour that summer time takes or gives twice is one hour apart by its offset', () => {
  assert.equal(readLogTime('31/Mar/2024:03:00:00 +0200'), readLogTime('31/Mar/2024:01:59:59 +0100')! + 1);
  assert.equal(readLogTime('27/Oct/2024:02:30:00 +0100'), readLogTime('27/Oct/2024:02:30:00 +0200')! + 3600);
});

test('D13 T2 weeks begin on Monday 00:00 UTC, whatever the local clock says', () => {
  assert.equal(weekOf('02/Jan/2022:23:59:59 +0000'), '2021-12-27');
  assert.equal(weekOf('03/Jan/2022:00:00:00 +0000'), '2022-01-03');
  assert.equal(weekOf('03/Jan/2022:00:59:59 +0100'), '2021-12-27');
  assert.equal(weekOf('03/Jan/2022:01:00:00 +0100'), '2022-01-03');
  assert.equal(weekOf('02/Jan/2022:16:29:59 -0730'), '2021-12-27');
  assert.equal(weekOf('02/Jan/2022:16:30:00 -0730'), '2022-01-03');
});

test('D15 T3 what lies before the first week or more than a day ahead is rejected', () => {
  assert.equal(outcomeOf({ time: '09/Feb/2020:23:59:59 +0000' }), 'time-range');
  assert.equal(weekOf('10/Feb/2020:00:00:00 +0000'), '2020-02-10');
  assert.equal(outcomeOf({ time: '10/Feb/2020:00:00:00 +0001' }), 'time-range');
  for (const time of ['01/Jan/1970:00:00:00 +0000', '31/Dec/1969:23:59:59 +0000', '15/Dec/0000:17:02:12 +0000']) {
    assert.deepEqual(verdictOf(logLine({ time })), { rejected: 'time-range', week: undefined }, time);
  }
  assert.equal(outcomeOf({ time: logTime((NOW + 86_400) * 1000) }), 'counted');
  assert.equal(outcomeOf({ time: logTime((NOW + 86_401) * 1000) }), 'time-range');
  assert.equal(outcomeOf({ time: '15/Dec/9999:17:02:12 +0000' }), 'time-range');
});

test('C1 a rejection is kept by the week of its line, where that is known', () => {
  assert.deepEqual(verdictOf(logLine({ status: '404' })), { rejected: 'status', week: '2021-12-13' });
  assert.deepEqual(verdictOf(logLine({ method: 'HEAD' })), { rejected: 'method', week: '2021-12-13' });
  const early = { time: '01/Jan/2010:00:00:00 +0000', method: 'HEAD' };
  assert.deepEqual(verdictOf(logLine(early)), { rejected: 'method', week: undefined });
});

test('T1 every notation comes to the same second, under the same limits', () => {
  const expected = readLogTime('15/Dec/2021:17:02:12 +0000');
  for (const time of [
    '2021-12-15T17:02:12+00:00',
    '2021-12-15T09:32:12-07:30',
    '2021-12-15T17:02:12Z',
    '2021-12-15T17:02:12.999Z',
    '2021-12-15T17:02:12,5Z',
    '2021-12-15T17:02:12.123456789Z',
    '2021-12-15T18:02:12+0100',
    '2021-12-15 17:02:12+00:00',
    '2021-12-15 17:02:12.004 +0000',
    '2021-12-15 17:02:12 UTC',
    '15/Dec/2021:17:02:12 +0000',
    '15/Dec/2021:17:02:12.999 +0000',
    '15/Dec/2021:18:02:12.004213 +0100',
    '1639587732',
    '1639587732.999',
    '1639587732.',
    '1639587732999',
    '1639587732999123',
    '1639587732999123456',
  ]) {
    assert.equal(readAnyTime(time), expected, time);
  }
  for (const time of [
    '2022-02-31T12:00:00+00:00',
    '2021-13-15T17:02:12+00:00',
    '2021-00-15T17:02:12+00:00',
    '2021-12-15T24:00:00+00:00',
    '2021-12-15T17:02:60+00:00',
    '2021-12-15T17:02:12+15:00',
    '2021-12-15T17:02:12',
    '2021-12-15T17:02:12.+00:00',
    '2021-12-15',
    '31/Feb/2022:12:00:00.1 +0000',
    '15/Dec/2021:17:02:12',
    '15/Dec/2021:17:02:12 UTC',
    '15/dec./2021:17:02:12 +0000',
    '163958773',
    '16395877321',
    '-1639587732',
    '1.639587732e9',
    '0x61ba2014',
    '',
    '-',
  ]) {
    assert.equal(readAnyTime(time), undefined, time);
  }
});

test('T1 T2 every day of 60 years comes to the seconds that the calendar of the language gives', () => {
  for (let day = Date.UTC(1990, 0, 1); day < Date.UTC(2050, 0, 1); day += 86_400_000) {
    assert.equal(readLogTime(logTime(day)), day / 1000);
  }
});
