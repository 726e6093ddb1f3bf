import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { offsetOf, pathText, visible } from '../../flow/views/definition/configuration-file.ts';
import type { Finding, Path, Remarks } from './finding.ts';

/** A YAML file as texts, and what was found in it. */
export interface YamlFile {
  /** Maps, lists and texts as they stand in the file; what is null is absent. */
  value: unknown;
  warnings: Finding[];
  errors: Finding[];
  remarks: Remarks;
  place(path: Path): Pick<Finding, 'line' | 'column'>;
  /** Of a map, in the order of the file: objects put keys such as 8 before all others. */
  keys(path: Path): string[];
}

/** What an operator's own file may have, with thousands of mirrors in it. */
const LONGEST_CONFIGURATION = 1_000_000;

/** A file that is no YAML has errors and no value. */
export function readYaml(file: string, text: string, longest = LONGEST_CONFIGURATION): YamlFile {
  const lines = new LineCounter();
  // Every value is its own text: 8.10 is not 8.1, NO is not false, 0777 is not 511.
  const options = {
    schema: 'failsafe',
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  } as const;
  const isTooLong = text.length > longest;
  const document: Document = parseDocument(isTooLong ? '' : text, { ...options, lineCounter: lines });
  const place = (path: Path) => placeAt(lines, offsetOf(document, path) ?? 0);
  const warnings: Finding[] = [];
  const errors: Finding[] = [];
  const note = (into: Finding[]) => (path: Path, message: string, hint: string) => {
    into.push({ file: visible(file), ...place(path), path: visible(pathText(path)), message, hint });
  };
  const remarks = { warn: note(warnings), fail: note(errors) };
  if (isTooLong) remarks.fail([], `is longer than ${longest} characters`, 'remove what does not belong there');
  for (const { message, pos } of document.errors.slice(0, 1)) {
    const hint = 'indent with spaces, and put texts with ": ", "#" or "@" in quotes';
    errors.push({ file: visible(file), ...placeAt(lines, pos[0]), path: '', message: `not YAML: ${message}`, hint });
  }
  const keys = (path: Path) => keysAt(document, path);
  if (errors.length > 0) return { value: undefined, warnings, errors, remarks, place, keys };
  for (const { key, offset } of repeatedKeys(document)) {
    const message = 'is given twice: the last one counts';
    warnings.push({ file: visible(file), ...placeAt(lines, offset), path: visible(key), message, hint: 'remove one' });
  }
  return { value: plainValue(document, remarks), warnings, errors, remarks, place, keys };
}

function placeAt(lines: LineCounter, offset: number): Pick<Finding, 'line' | 'column'> {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Aliases to aliases can stand for more than any memory holds: the library stops, and so does this file. */
function plainValue(document: Document, remarks: Remarks): unknown {
  try {
    return withoutNulls(document.toJS());
  } catch (error) {
    remarks.fail([], `its aliases cannot be resolved: ${(error as Error).message}`, 'write the values out');
    return undefined;
  }
}

function withoutNulls(value: unknown): unknown {
  // An empty item stays, or those after it would be found in the wrong lines.
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item) ?? '');
  if (typeof value === 'string') return /^(?:|~|null|Null|NULL)$/.test(value) ? undefined : value;
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value).map(([key, item]) => [key, withoutNulls(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function keysAt(document: Document, path: Path): string[] {
  const map = document.getIn(path, true);
  return isMap(map) ? [...new Set(map.items.map(({ key }) => String(key)))] : [];
}

function repeatedKeys(document: Document): { key: string; offset: number }[] {
  const repeated: { key: string; offset: number }[] = [];
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of isMap(map) ? map.items : []) {
        if (!isScalar(key)) continue;
        if (seen.has(String(key))) repeated.push({ key: String(key), offset: key.range?.[0] ?? 0 });
        seen.add(String(key));
      }
    },
  });
  return repeated;
}

/** Warns of keys that nobody reads. */
export function warnOfUnknownKeys(value: object, known: readonly string[], path: Path, remarks: Remarks): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
    remarks.warn([...path, key], 'unknown key, not read', hint);
  }
}

/** The known key that needs the fewest changes, two at most. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const near = known.map((name) => ({ name, changes: changesBetween(key.toLowerCase(), name) }));
  return near.filter(({ changes }) => changes <= 2).sort((a, b) => a.changes - b.changes)[0]?.name;
}

/** Letters to put in, take out or replace (Levenshtein), row by row. */
function changesBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
