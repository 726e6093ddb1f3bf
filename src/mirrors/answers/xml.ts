/**
 * XML as text that is already escaped: the only ways to make some are here, so nothing unescaped gets in. Preact
 * renders HTML, whose rules for empty elements are others.
 */
export type Xml = string & { readonly __unit: 'xml' };

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
/** No character reference stands for these in XML 1.0, so they are left out. */
const FORBIDDEN =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Almost every text is plain, and a metalink has eighty of them. */
const PLAIN = /^[ !#-%(-;=?-~]*$/;

export function text(value: string | number): Xml {
  const written = String(value);
  if (PLAIN.test(written)) return written as Xml;
  return written
    .replace(FORBIDDEN, '')
    .replace(/[&<>"'\r\n\t]/g, (character) => ESCAPES[character] ?? `&#${character.charCodeAt(0)};`) as Xml;
}

/** Names of elements and attributes are the program's own. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...children: readonly (Xml | undefined)[]
): Xml {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${text(value!)}"`)
    .join('');
  return `<${name}${written}>${children.join('')}</${name}>` as Xml;
}

/** Two hyphens would end it early. */
export function comment(value: string): Xml {
  return `<!-- ${value.replace(FORBIDDEN, '').replaceAll('-', '\u2010').replace(/[<>&]/g, ' ')} -->` as Xml;
}

export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${root}\n`;
}
