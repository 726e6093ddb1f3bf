import { decodeUtf8, isCleanText, LONGEST_VALUE, OTHER, unescapeLog } from './clean-text.ts';

/** What a User-Agent says of the system behind it. Fields may be empty. */
export interface System {
  client: string;
  osName: string;
  osVersion: string;
  osVariant: string;
  osArch: string;
}

/** The clients that count themselves once a week (S2). */
export const COUNTING_CLIENTS: readonly string[] = ['libdnf', 'rpm-ostree'];

/** Printable ASCII without escapes, as nearly all are. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;

/** Reads a User-Agent as it stands in the log, one byte per character; undefined if its client does not count (S2, S3). */
export function readSystem(agent: string, clients: readonly string[]): System | undefined {
  const isPlain = PLAIN.test(agent);
  const text = isPlain ? agent : decodeUtf8(unescapeLog(agent));
  const space = text.indexOf(' ');
  const product = space < 0 ? text : text.slice(0, space);
  const slash = product.indexOf('/');
  if (slash >= 0 && slash === product.length - 1) return undefined;
  const name = slash < 0 ? product : product.slice(0, slash);
  const client = clients.find((known) => known === name);
  return client === undefined ? undefined : readOs(client, text.slice(product.length), isPlain ? keptPlain : kept);
}

/** ` (NAME VERSION; VARIANT; CANON.ARCH)`, split from the right because names may hold `;` and `(`. */
function readOs(client: string, rest: string, keep: (text: string) => string): System {
  if (!rest.startsWith(' (') || !rest.endsWith(')')) return withoutOs(client);
  const inner = rest.slice(2, -1);
  const platformAt = inner.lastIndexOf('; ');
  const variantAt = platformAt > 0 ? inner.lastIndexOf('; ', platformAt - 1) : -1;
  if (variantAt < 0) return withoutOs(client);
  const name = inner.slice(0, variantAt);
  const variant = inner.slice(variantAt + 2, platformAt);
  const platform = inner.slice(platformAt + 2);
  const dot = platform.lastIndexOf('.');
  if (dot < 0) return withoutOs(client);
  const space = name.lastIndexOf(' ');
  const isQuoted = variant.length > 1 && variant.startsWith('"') && variant.endsWith('"');
  return {
    client,
    osName: keep(space < 0 ? name : name.slice(0, space)),
    osVersion: keep(space < 0 ? '' : name.slice(space + 1)),
    osVariant: keep(isQuoted ? variant.slice(1, -1) : variant),
    osArch: keep(platform.slice(dot + 1)),
  };
}

function withoutOs(client: string): System {
  return { client, osName: '', osVersion: '', osVariant: '', osArch: '' };
}

/** S4 */
function kept(text: string): string {
  return isCleanText(text) && Buffer.byteLength(text) <= LONGEST_VALUE ? text : OTHER;
}

/** The same for a part of a plain User-Agent, which is clean and whose characters are bytes. */
function keptPlain(text: string): string {
  return text.length <= LONGEST_VALUE ? text : OTHER;
}
