import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { ZodType, z } from 'zod';

/**
 * A configuration that cannot be used. The message names file, line, path, what was expected and what to write; keys in it
 * are made visible, as a configuration may come from somebody else than the one who reads this.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(message: string, options?: ErrorOptions) {
    super(message.split('\n').map(visible).join('\n'), options);
  }
}

/** The text with nothing that could steer a terminal or hide. */
export function visible(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
}

/** The longest definition that ships has 4,000 characters. What is read beyond is a stranger's attempt at our time. */
const LONGEST_FILE = 256 * 1024;
const LONGEST_KEY = 80;
const MOST_MISTAKES = 40;

/** One mistake: where in the document, and what to do about it. */
export interface Mistake {
  path: readonly PropertyKey[];
  message: string;
}

/** Reads YAML by a schema. `check` finds what only the whole shows. Throws a ConfigurationError with all mistakes. */
export function readConfiguration<Value>(
  file: string,
  text: string,
  schema: ZodType<Value>,
  check: (value: Value) => Mistake[] = () => [],
): Value {
  if (text.length > LONGEST_FILE)
    throw new ConfigurationError(
      `${file}: is longer than ${LONGEST_FILE} characters: remove what does not belong there`,
    );
  const lines = new LineCounter();
  const document = parsed(file, text, lines);
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    // The library names the place in its own way too.
    const what = broken.message
      .split('\n')[0]!
      .replace(/ at line \d+, column \d+:$/, '')
      .replace('Maximum call stack size exceeded', 'nested too deeply');
    throw new ConfigurationError(
      `${file}:${line}:${col}: not YAML: ${what}${hintFor(text.split('\n')[line - 1] ?? '')}`,
    );
  }
  const twice = repeatedKey(document);
  if (twice !== undefined) {
    const { line, col } = lines.linePos(twice.offset);
    throw new ConfigurationError(`${file}:${line}:${col}: ${shortened(twice.key)}: is given twice: remove one`);
  }
  const read = schema.safeParse(valueIn(document, file, lines) ?? undefined, { error: explainIssue });
  const mistakes = read.success ? check(read.data) : read.error.issues.flatMap((issue) => mistakesOf(issue));
  if (read.success && mistakes.length === 0) return read.data;
  const told = mistakes.slice(0, MOST_MISTAKES).map((mistake) => describe(mistake, file, document, lines));
  if (told.length < mistakes.length) told.push(`${file}: and ${mistakes.length - told.length} more`);
  throw new ConfigurationError(told.join('\n'));
}

function parsed(file: string, text: string, lineCounter: LineCounter): Document {
  try {
    // YAML 1.2: `no` stays a word; 1.1 would make Norway false. The library looks for repeated keys by comparing each with
    // each, which takes minutes for 100,000: `repeatedKey` does it here.
    // And it warns of its own, on the terminal, with whatever stands in the file.
    return parseDocument(text, { lineCounter, uniqueKeys: false, logLevel: 'error' });
  } catch (error) {
    // Brackets in brackets, thousands deep.
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigurationError(`${file}: not YAML: nested too deeply`);
  }
}

/** The first key that its map has twice. */
function repeatedKey(document: Document): { key: string; offset: number } | undefined {
  let found: { key: string; offset: number } | undefined;
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key);
        if (seen.has(name)) {
          found = { key: name, offset: key.range?.[0] ?? 0 };
          return visit.BREAK;
        }
        seen.add(name);
      }
      return undefined;
    },
  });
  return found;
}

function hintFor(line: string): string {
  return line.includes('{release}') ? "; inside [...] write 'baseos-{release}' with its quotes" : '';
}

/** `*name` stands for what `&name` marks elsewhere; that there is none, or far too many, is found out only now. */
function valueIn(document: Document, file: string, lines: LineCounter): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigurationError(`${file}: not YAML: nested too deeply`);
    if (!(error instanceof ReferenceError)) throw error;
    let place = file;
    visit(document, {
      Alias: (_key, { range }) => {
        const { line, col } = lines.linePos(range?.[0] ?? 0);
        place = `${file}:${line}:${col}`;
        return visit.BREAK;
      },
    });
    throw new ConfigurationError(`${place}: not YAML: ${error.message}; put a text that begins with * in quotes`);
  }
}

function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined && issue.code === 'invalid_type')
    return `is missing or empty: expected ${issue.expected}`;
  return undefined;
}

function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key; is it misspelt?' }));
  }
  return [{ path: issue.path, message: issue.message }];
}

function describe({ path, message }: Mistake, file: string, document: Document, lines: LineCounter): string {
  const offset = offsetOf(document, path);
  const place = offset === undefined ? file : `${file}:${lines.linePos(offset).line}:${lines.linePos(offset).col}`;
  return `${place}: ${pathText(path) || 'the file'}: ${message}`;
}

/** Of the key if there is one, else of the nearest thing around it. */
export function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(key));
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0];
  }
  return undefined;
}

/** `census[0].repository` */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${shortened(String(part))}`))
    .join('');
}

function shortened(key: string): string {
  const clean = visible(key);
  return clean.length > LONGEST_KEY ? `${clean.slice(0, LONGEST_KEY)}…` : clean;
}
