import type { Formulas } from './formula.ts';
import { FormulaError } from './formula.ts';
import { pageNumbers } from './page-numbers.ts';
import { csvRows, type PublishedRows, TableFault } from './published-rows.ts';
import { databaseRows } from './read-database.ts';
import { parquetRows } from './read-parquet.ts';

/** A file as it was published, and as it is made again from the tables. */
export interface Pair {
  path: string;
  found: Uint8Array;
  expected: Uint8Array;
}

/**
 * What is compared. `all`: every byte that Rollcall writes. `numbers`: for a publication that another version has made, whose
 * words and pictures may differ for good reasons.
 */
export type Scope = 'all' | 'numbers';

/** What explaining needs beside the two files. */
export interface Means {
  formulas: Formulas;
  /** A folder for files that are thrown away. */
  scratch: string;
}

/** How two files contradict each other, as a sentence without the path; undefined if nothing in the scope does. */
export async function explain(pair: Pair, scope: Scope, means: Means): Promise<string | undefined> {
  try {
    return (await difference(pair, scope, means)) ?? undefined;
  } catch (error) {
    if (error instanceof TableFault) return 'cannot be read as what its name says';
    throw error;
  }
}

/** What is much larger than it can be is not looked into: it may have been made to take for ever. */
const SPARE = 1024 * 1024;

async function difference(pair: Pair, scope: Scope, { formulas, scratch }: Means): Promise<string | undefined> {
  const { path, found, expected } = pair;
  if (found.length > 2 * expected.length + SPARE)
    return `has ${found.length} bytes, and the tables give ${expected.length}`;
  const ending = path.slice(path.lastIndexOf('.') + 1);
  switch (ending) {
    case 'csv':
      return tablesDiffer([csvRows('', found)], [csvRows('', expected)], scope) ?? inScope(scope, wordsDiffer(pair));
    case 'sqlite':
    case 'db':
      // Versions of SQLite write the same rows in other bytes.
      return (
        tablesDiffer(await databaseRows('', found, scratch), await databaseRows('', expected, scratch), scope) ??
        inScope(scope, 'holds the rows of the tables in other bytes')
      );
    case 'parquet':
      return (
        tablesDiffer([await parquetRows(found)], [await parquetRows(expected)], scope) ??
        inScope(scope, 'holds the rows of the tables in other bytes')
      );
    case 'json':
      return jsonDiffers(pair, scope) ?? inScope(scope, wordsDiffer(pair));
    case 'html':
      return numbersDiffer(found, formulas) ?? inScope(scope, wordsDiffer(pair));
    case 'txt':
    case 'atom':
      return digitsDiffer(pair) ? wordsDiffer(pair) : inScope(scope, wordsDiffer(pair));
    case 'png':
      return inScope(scope, 'is another picture than the tables give');
    default:
      return inScope(scope, wordsDiffer(pair));
  }
}

function inScope(scope: Scope, text: string): string | undefined {
  return scope === 'all' ? text : undefined;
}

function tablesDiffer(
  found: readonly PublishedRows[],
  expected: readonly PublishedRows[],
  scope: Scope,
): string | undefined {
  for (const table of expected) {
    const own = found.find(({ path }) => path === table.path);
    const fault = own === undefined ? 'is not in it' : rowsDiffer(own, table);
    if (fault !== undefined) return `${table.path.replace(/^: /, '')} ${fault}`.trim();
  }
  // Another version may have tables of its own.
  return found.length > expected.length
    ? inScope(scope, `has ${found.length} tables; ${expected.length} are expected`)
    : undefined;
}

function rowsDiffer(found: PublishedRows, expected: PublishedRows): string | undefined {
  const places = sharedColumns(found, expected);
  if (places.length === 0) return 'has other columns';
  for (const [y, row] of expected.rows.entries()) {
    for (const [column, ours, theirs] of places) {
      const [here, there] = [found.rows[y]?.[ours], row[theirs]];
      if (here === undefined) return `has ${found.rows.length} rows; the tables give ${expected.rows.length}`;
      if (here !== there)
        return `row ${y + 1} (${row[0]}): ${column}: ${shown(here)} here, ${shown(there)} by the tables`;
    }
  }
  return found.rows.length === expected.rows.length
    ? undefined
    : `has ${found.rows.length} rows; the tables give ${expected.rows.length}`;
}

/** Columns with their places in both. Between versions they are only added; where there are as many, words may differ. */
function sharedColumns(found: PublishedRows, expected: PublishedRows): (readonly [string, number, number])[] {
  const isRenamed =
    found.columns.length === expected.columns.length &&
    digitsIn(found.columns.join('\n')) === digitsIn(expected.columns.join('\n'));
  if (isRenamed) return expected.columns.map((column, place) => [column, place, place]);
  if (found.columns.length === expected.columns.length) return [];
  return expected.columns
    .map((column, place) => [column, found.columns.indexOf(column), place] as const)
    .filter(([, place]) => place >= 0);
}

/** Documents that describe the files, and not systems. Whoever has made them has their words and sizes in there. */
const DESCRIPTIONS = /(?:openapi|datapackage|totals-schema|publication)\.json$/;

function jsonDiffers({ path, found, expected }: Pair, scope: Scope): string | undefined {
  if (scope === 'numbers' && DESCRIPTIONS.test(path)) return undefined;
  return valuesDiffer(parsed(found), parsed(expected), '', scope);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw new TableFault('expected JSON');
  }
}

function valuesDiffer(found: unknown, expected: unknown, place: string, scope: Scope): string | undefined {
  if (isObject(found) && isObject(expected)) {
    if (Array.isArray(expected) && Array.isArray(found) && found.length !== expected.length)
      return `${place || 'it'} has ${found.length} entries; the tables give ${expected.length}`;
    // What only one version of Rollcall writes is in one of them alone.
    for (const key of Object.keys(expected).filter((each) => Object.hasOwn(found, each))) {
      const inside = Array.isArray(expected) ? `${place}[${key}]` : `${place}${place === '' ? '' : '.'}${key}`;
      const fault = valuesDiffer(found[key], expected[key], inside, scope);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (found === expected) return undefined;
  const areWords = typeof found === 'string' && typeof expected === 'string' && digitsIn(found) === digitsIn(expected);
  if (areWords && scope === 'numbers') return undefined;
  return `${place || 'it'}: ${shown(found)} here, ${shown(expected)} by the tables`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function numbersDiffer(found: Uint8Array, formulas: Formulas): string | undefined {
  for (const { value, of } of pageNumbers(Buffer.from(found).toString())) {
    const result = resultOf(formulas, of);
    if (typeof result === 'string') return `has a number with ${result}`;
    if (!(Math.abs(result - value) <= 1e-9 * Math.abs(value))) return `says ${value}, and ${shown(of)} gives ${result}`;
  }
  return undefined;
}

function resultOf(formulas: Formulas, of: string): number | string {
  try {
    return formulas.evaluate(of);
  } catch (error) {
    if (error instanceof FormulaError) return error.message;
    throw error;
  }
}

function digitsDiffer({ found, expected }: Pair): boolean {
  return digitsIn(Buffer.from(found).toString()) !== digitsIn(Buffer.from(expected).toString());
}

function digitsIn(text: string): string {
  return text.match(/\d+/g)?.join(' ') ?? '';
}

const EXCERPT = 40;

function wordsDiffer({ found, expected }: Pair): string {
  const [here, there] = [found, expected].map((bytes) => Buffer.from(bytes).toString()) as [string, string];
  let at = 0;
  while (at < here.length && here[at] === there[at]) at++;
  const from = Math.max(at - EXCERPT / 2, 0);
  const part = (text: string) => shown(text.slice(from, from + EXCERPT));
  return `${part(here)} here, ${part(there)} by the tables`;
}

const LONGEST = 120;

/** As JSON has it, so that what strangers may have put there cannot look like words of ours. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
