import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { rollcall, type Workplace } from './command-line.ts';

/** What Fedora published of 2020: 41 weeks, 43,610 rows, 25,680,011 check-ins. */
const FOLDER = join(import.meta.dirname, '../../../shared/data/fedora-2020');
export const FEDORA_CSV = join(FOLDER, 'totals.csv');
export const FEDORA_DATABASE = join(FOLDER, 'totals.db');

/** For a test's `skip`. Where it must not be skipped, it fails for want of the files. */
export const skipWithoutFedora =
  existsSync(FOLDER) || process.env['CI'] ? false : 'no ../shared/data/fedora-2020 beside the repository';

export interface Counted {
  csv: Buffer;
  /** The path of totals.db. */
  database: string;
  /** Of each command, in milliseconds. */
  times: { simulate: number; ingest: number; totals: number; verify: number };
}

/** Writes logs with exactly these check-ins, counts them and writes the totals: there and back again. */
export async function countReplayed(place: Workplace, published: string): Promise<Counted> {
  const timed = async (args: readonly string[]) => {
    const started = performance.now();
    const { code, out, err } = await rollcall(args, { cwd: place.folder });
    assert.equal(code, 0, `rollcall ${args[0]}: ${out}${err}`);
    return performance.now() - started;
  };
  const vault = ['--vault', place.vault];
  const simulate = await timed(['simulate', '--replay', published, '--out', 'logs']);
  const logs = readdirSync(place.path('logs')).map((name) => join('logs', name));
  const ingest = await timed(['ingest', ...vault, ...logs]);
  const totals = await timed(['totals', '--all-weeks', ...vault, '--csv', 'totals.csv', '--sqlite', 'totals.db']);
  const verify = await timed(['verify', ...vault]);
  return {
    csv: readFileSync(place.path('totals.csv')),
    database: place.path('totals.db'),
    times: { simulate, ingest, totals, verify },
  };
}

/** The lines of a totals.csv. */
export function linesOf(csv: Buffer | string): string[] {
  return csv.toString().split('\n');
}

export type DatabaseRow = SQLOutputValue[];

/** The rows of a totals.db, column by column as Fedora has them. */
export function rowsOf(path: string): DatabaseRow[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const columns = 'hits, weeknum, os_name, os_version, os_variant, os_arch, sys_age, repo_tag, repo_arch';
    const rows = database.prepare(`SELECT ${columns} FROM countme_totals`).all();
    return rows.map((row) => Object.values(row));
  } finally {
    database.close();
  }
}

export function hitsOf(rows: readonly DatabaseRow[]): number {
  return rows.reduce((sum, [hits]) => sum + Number(hits), 0);
}

/** The same rows or lines, in whatever order. A difference is shown by its first rows: there may be thousands. */
export function assertSame(actual: readonly unknown[], expected: readonly unknown[]): void {
  const [ours, theirs] = [actual, expected].map((rows) => rows.map((row) => JSON.stringify(row)).sort());
  const [known, wanted] = [new Set(ours), new Set(theirs)];
  assert.deepEqual([...wanted].filter((row) => !known.has(row)).slice(0, 5), [], 'published, but not counted');
  assert.deepEqual([...known].filter((row) => !wanted.has(row)).slice(0, 5), [], 'counted, but not published');
  assert.equal(ours!.length, theirs!.length);
}
