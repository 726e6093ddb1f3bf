/** A number on a page (O9): its exact value, and the formula that it or its column names. */
export interface PageNumber {
  value: number;
  of: string;
}

const TAG = /<(\/?)(table|thead|tr|th|td|data)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;
const REFERENCES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** A Monday has ten characters. A longer key in the place of each `*` of a formula made the memory end. */
const LONGEST_KEY = 100;
const LONGEST_OF_COLUMN = 1_000;

/**
 * All numbers of a page, one after the other. In a table the formula may stand in the head of the column, where `*` is
 * the week of the row (`data-key`).
 */
export function* pageNumbers(html: string): Generator<PageNumber> {
  let formulas: (string | undefined)[] = [];
  let isHead = false;
  let column = -1;
  let key: string | undefined;
  for (const [, slash, name, text] of html.matchAll(TAG)) {
    const isEnd = slash === '/';
    if (name === 'thead') isHead = !isEnd;
    else if (name === 'table') formulas = [];
    if (isEnd) continue;
    const attributes = new Map(Array.from(text!.matchAll(ATTRIBUTE), ([, each, value]) => [each!, resolved(value!)]));
    if (name === 'tr') {
      column = -1;
      key = attributes.get('data-key');
    } else if (name === 'th' || name === 'td') {
      column += 1;
      if (isHead) formulas[column] = attributes.get('data-of');
    } else if (name === 'data') {
      const of = attributes.get('data-of') ?? withKey(formulas[column] ?? '', key ?? '?');
      yield { value: Number(attributes.get('value')), of };
    }
  }
}

/** None where it is too long to be one. */
function withKey(formula: string, key: string): string {
  return formula.length > LONGEST_OF_COLUMN || key.length > LONGEST_KEY ? '' : formula.replaceAll('*', key);
}

function resolved(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|(\w+));/g, (reference, code: string | undefined, name: string | undefined) =>
    code === undefined ? (REFERENCES[name!] ?? reference) : String.fromCodePoint(Number(code)),
  );
}
