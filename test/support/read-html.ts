/** A page as the site writes it: every element well formed, every attribute in double quotes. */
export interface HtmlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  /** All text within, with its references resolved. */
  text: string;
  children: HtmlElement[];
}

const VOID = new Set(['meta', 'link', 'img', 'input', 'br', 'hr']);
const TOKEN = /<!doctype html>|<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>|([^<]+)/gi;
const ATTRIBUTE = /([\w:-]+)(?:="([^"]*)")?/g;
const REFERENCES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** Throws an Error at the first thing that a page of ours would not contain. */
export function readHtml(html: string): HtmlElement {
  const root: HtmlElement = { name: '', attributes: new Map(), text: '', children: [] };
  const open: HtmlElement[] = [root];
  let end = 0;
  for (const match of html.matchAll(TOKEN)) {
    if (match.index !== end) throw new Error(`expected markup at ${end}: ${html.slice(end, end + 60)}`);
    end += match[0].length;
    const [, slash, name, attributes, selfClosing, text] = match;
    if (text !== undefined) for (const element of open) element.text += resolve(text);
    else if (name !== undefined) takeTag(open, slash === '/', name, attributes!, selfClosing === '/');
  }
  if (end !== html.length || open.length !== 1)
    throw new Error(`expected the end, found: ${html.slice(end, end + 60)}`);
  return root;
}

function takeTag(open: HtmlElement[], isEnd: boolean, name: string, attributes: string, isSelfClosing: boolean): void {
  if (isEnd) {
    const closed = open.pop();
    if (closed?.name !== name) throw new Error(`expected </${closed?.name}>, found </${name}>`);
    return;
  }
  const found = attributes.matchAll(ATTRIBUTE);
  const element: HtmlElement = {
    name,
    attributes: new Map(Array.from(found, ([, key, value]) => [key!, resolve(value ?? '')])),
    text: '',
    children: [],
  };
  open.at(-1)!.children.push(element);
  if (!VOID.has(name) && !isSelfClosing) open.push(element);
}

function resolve(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (reference, code: string | undefined, name: string | undefined) =>
    code === undefined ? (REFERENCES[name!] ?? reference) : String.fromCodePoint(Number(code)),
  );
}

/** The element itself and all below it, in the order of the page. */
export function elementsIn(element: HtmlElement): HtmlElement[] {
  return [element, ...element.children.flatMap(elementsIn)];
}

export function named(element: HtmlElement, name: string): HtmlElement[] {
  return elementsIn(element).filter((found) => found.name === name);
}
