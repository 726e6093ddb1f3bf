import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { TotalsRow } from '../../../src/flow/views/totals.ts';
import { readTotals, type TotalsRead } from '../../../src/flow/views/totals-read.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/**
 * Rows are cut by bytes where that is safe and by csv-parse elsewhere. Whatever is written, what is read must be what csv-parse
 * alone reads.
 */
const folder = temporaryFolder();
const COLUMNS = ['week_start', 'week_end', 'hits', 'os_name', 'os_version', 'os_variant', 'os_arch', 'sys_age'].concat([
  'repo_tag',
  'repo_arch',
  'remark',
  'note',
]);
const seed = testSeed();
const ROUNDS = 200;
const DAY = 86_400_000;

/** The rules of X4 once more, over rows that csv-parse has cut. */
function plainly(text: string): TotalsRead | 'refused' {
  let records: Record<string, string>[];
  try {
    records = parse(text, {
      bom: true,
      columns: true,
      record_delimiter: ['\r\n', '\n'],
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
    });
  } catch {
    return 'refused';
  }
  const read: TotalsRead = { rows: [], numbers: [], leftOut: 0 };
  for (const [at, record] of records.entries()) {
    if (record['sys_age'] === '-1') {
      read.leftOut += 1;
      continue;
    }
    const monday = Date.parse(`${record['week_start']}T00:00:00Z`);
    const isAge = /^0*[1-4]$/.test(record['sys_age']!);
    if (!/^2020-02-(10|17)$/.test(record['week_start']!) || !isAge || !/^0*[1-9]\d*$/.test(record['hits']!))
      return 'refused';
    const sunday = new Date(monday + 6 * DAY).toISOString().slice(0, 10);
    if (record['week_end'] !== undefined && record['week_end'] !== sunday) return 'refused';
    read.numbers.push(at + 1);
    read.rows.push({
      week: ((monday / DAY - 4) / 7) as TotalsRow['week'],
      hits: Number(record['hits']),
      osName: record['os_name']!,
      osVersion: record['os_version']!,
      osVariant: record['os_variant']!,
      osArch: record['os_arch']!,
      sysAge: Number(record['sys_age']) as TotalsRow['sysAge'],
      repoTag: record['repo_tag']!,
      repoArch: record['repo_arch']!,
    });
  }
  return read;
}

const NAMES = ['Fedora', 'Fedora Linux', 'Comma, Inc', 'a "b"', 'ünï', '', ' ', 'two\nlines', 'x\r\ny', '日本語 Linux'];

function fieldOf(column: string, random: Random): string {
  if (column === 'week_start') return random.pick(['2020-02-10', '2020-02-17']);
  if (column === 'hits') return random.pick(['1', '7', '120', '007', '9007199254740991', '1234567890123456']);
  if (column === 'sys_age') return random.pick(['1', '2', '3', '4', '4', '-1']);
  return random.pick(NAMES);
}

function written(text: string, random: Random): string {
  const isQuoted = /[",\r\n]/.test(text) || random.chance(0.1);
  return isQuoted ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Most files of a round are sound; some have a byte too much. */
function file(random: Random): string {
  const columns = COLUMNS.filter((name) => !['week_end', 'remark', 'note'].includes(name) || random.chance(0.5));
  if (random.chance(0.5)) columns.sort(() => (random.chance(0.5) ? 1 : -1));
  const rows = Array.from({ length: random.below(30) }, () => {
    if (random.chance(0.03))
      return random.pick(['', columns.map(() => '').join(','), columns.map(() => ' ').join(',')]);
    const week = fieldOf('week_start', random);
    const end = new Date(Date.parse(week) + 6 * DAY).toISOString().slice(0, 10);
    return columns
      .map((name) => (name === 'week_start' ? week : name === 'week_end' ? end : fieldOf(name, random)))
      .map((text) => written(text, random))
      .join(',');
  });
  const lines = [columns.join(','), ...rows].map((row) => row + random.pick(['\r\n', '\n']));
  const text = (random.chance(0.1) ? '\uFEFF' : '') + lines.join('');
  const ended = random.chance(0.2) ? text.replace(/\r?\n$/, '') : text;
  if (rows.length === 0 || !random.chance(0.2)) return ended;
  const header = lines[0]!.length + 1;
  const at = header + random.below(Math.max(1, ended.length - header));
  return ended.slice(0, at) + random.pick(['"', ',', '\n', '\r', ' ', '""', '"x']) + ended.slice(at);
}

describe('X4: totals.csv, cut by bytes', () => {
  test(`X4: any file is read as csv-parse reads it, or refused as by it (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const seen = { read: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const text = file(random);
      const path = join(folder, 'any.csv');
      writeFileSync(path, text);
      const expected = plainly(text);
      const found = await readTotals(path).catch((error: Error) => {
        assert.equal(error.name, 'TotalsError', `round ${round}: ${error.stack}`);
        return 'refused' as const;
      });
      seen[expected === 'refused' ? 'refused' : 'read'] += 1;
      assert.deepEqual(found, expected, `round ${round}: ${JSON.stringify(text)}`);
    }
    assert.ok(seen.read > ROUNDS / 4 && seen.refused > ROUNDS / 20, JSON.stringify(seen));
  });

  test('X4: rows lie across blocks, and a row of no week far behind still refuses the file with its number', async () => {
    const path = join(folder, 'long.csv');
    const line = (name: string) => `2020-02-10,2020-02-16,2,${name},31,generic,x86_64,3,fedora-31,x86_64\r\n`;
    const names = Array.from({ length: 40_000 }, (_, i) => `"Name ${i % 700}${i % 3 === 0 ? '\n' : ''}é"`);
    const header = `${COLUMNS.slice(0, 10).join(',')}\r\n`;
    writeFileSync(path, header + names.map(line).join(''));
    const { rows } = await readTotals(path);
    assert.equal(rows.length, names.length);
    assert.deepEqual(
      rows.map(({ osName }) => osName),
      names.map((name) => name.slice(1, -1)),
    );
    writeFileSync(path, header + names.map(line).join('') + line('Last').replace('2020-02-10', '2020-02-11'));
    await assert.rejects(readTotals(path), { name: 'TotalsError', message: /row 40001: week_start/ });
  });

  test('X4: bytes that are no UTF-8 in a late block are refused, whatever came before', async () => {
    const path = join(folder, 'bytes.csv');
    const line = '2020-02-10,2020-02-16,2,Fedora,31,generic,x86_64,3,fedora-31,x86_64\r\n';
    const text = Buffer.from(`${COLUMNS.slice(0, 10).join(',')}\r\n${line.repeat(40_000)}`);
    writeFileSync(path, Buffer.concat([text, Buffer.from(line.replace('Fedora', 'F\u00ff'), 'latin1')]));
    await assert.rejects(readTotals(path), { name: 'TotalsError', message: /expected UTF-8 text/ });
  });
});
