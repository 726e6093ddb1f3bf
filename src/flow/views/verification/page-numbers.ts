/** A number on a page (O9): its exact value, and the formula that it or its column names. */
export interface PageNumber {
  value: number;
  of: string;
}

const TAG = /<(\/?)(table|thead|tr|th|td|data)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;
const REFERENCES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/**
 * All numbers of a page. In a table the formula may stand in the head of the column, where `*` is the week of the row
 * (`data-key`).
 */
export function pageNumbers(html: string): PageNumber[] {
  const numbers: PageNumber[] = [];
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
      const ofColumn = formulas[column]?.replaceAll('*', key ?? '?');
      numbers.push({ value: Number(attributes.get('value')), of: attributes.get('data-of') ?? ofColumn ?? '' });
    }
  }
  return numbers;
}

function resolved(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|(\w+));/g, (reference, code: string | undefined, name: string | undefined) =>
    code === undefined ? (REFERENCES[name!] ?? reference) : String.fromCodePoint(Number(code)),
  );
}
