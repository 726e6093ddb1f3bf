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

/** Reads a User-Agent as it stands in the log, one byte per character; undefined if its client does not count (S2, S3). */
export function readSystem(agent: string, clients: readonly string[]): System | undefined {
  const text = decodeUtf8(unescapeLog(agent));
  const clientEnd = text.search(/[ /]/);
  const client = clientEnd < 0 ? text : text.slice(0, clientEnd);
  if (!clients.includes(client)) return undefined;
  const rest = text.slice(client.length).replace(/^\/[^ ]+/, '');
  if (rest !== '' && !rest.startsWith(' ')) return undefined;
  return { client, ...readOs(rest) };
}

type Os = Omit<System, 'client'>;
const NO_OS: Os = { osName: '', osVersion: '', osVariant: '', osArch: '' };

/** ` (NAME VERSION; VARIANT; CANON.ARCH)`, split from the right because names may hold `;` and `(`. */
function readOs(rest: string): Os {
  if (!rest.startsWith(' (') || !rest.endsWith(')')) return NO_OS;
  const inner = rest.slice(2, -1);
  const platformAt = inner.lastIndexOf('; ');
  const variantAt = platformAt > 0 ? inner.lastIndexOf('; ', platformAt - 1) : -1;
  if (variantAt < 0) return NO_OS;
  const name = inner.slice(0, variantAt);
  const variant = inner.slice(variantAt + 2, platformAt);
  const platform = inner.slice(platformAt + 2);
  const dot = platform.lastIndexOf('.');
  if (dot < 0) return NO_OS;
  const space = name.lastIndexOf(' ');
  return {
    osName: kept(space < 0 ? name : name.slice(0, space)),
    osVersion: kept(space < 0 ? '' : name.slice(space + 1)),
    osVariant: kept(/^".*"$/s.test(variant) && variant.length > 1 ? variant.slice(1, -1) : variant),
    osArch: kept(platform.slice(dot + 1)),
  };
}

/** S4 */
function kept(text: string): string {
  return isCleanText(text) && Buffer.byteLength(text) <= LONGEST_VALUE ? text : OTHER;
}
