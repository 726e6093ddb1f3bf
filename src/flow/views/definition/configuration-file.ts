import { type Document, isMap, isNode, isPair, LineCounter, parseDocument, visit } from 'yaml';
import type { ZodType, z } from 'zod';

/** A configuration that cannot be used. The message names file, line, path, what was expected and what to write. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

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
  const lines = new LineCounter();
  // YAML 1.2: `no` stays a word; 1.1 would make Norway false.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    // The library names the place in its own way too.
    const what = broken.message.split('\n')[0]!.replace(/ at line \d+, column \d+:$/, '');
    throw new ConfigurationError(
      `${file}:${line}:${col}: not YAML: ${what}${hintFor(text.split('\n')[line - 1] ?? '')}`,
    );
  }
  const parsed = schema.safeParse(valueIn(document, file, lines) ?? undefined, { error: explainIssue });
  const mistakes = parsed.success ? check(parsed.data) : parsed.error.issues.flatMap((issue) => mistakesOf(issue));
  if (parsed.success && mistakes.length === 0) return parsed.data;
  throw new ConfigurationError(mistakes.map((mistake) => describe(mistake, file, document, lines)).join('\n'));
}

function hintFor(line: string): string {
  return line.includes('{release}') ? "; inside [...] write 'baseos-{release}' with its quotes" : '';
}

/** `*name` stands for what `&name` marks elsewhere; that there is none, or far too many, is found out only now. */
function valueIn(document: Document, file: string, lines: LineCounter): unknown {
  try {
    return document.toJS();
  } catch (error) {
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
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}
