import { isIP } from 'node:net';
import {
  type AskSite,
  folderSource,
  type PublishedSource,
  type SiteAnswer,
  siteSource,
} from '../flow/views/verification/published-source.ts';
import { isPublicAddress } from '../mirrors/catalogue/public-address.ts';
import { type Answer, type Family, reasonOf } from '../mirrors/check/answer.ts';
import { systemLookUp } from '../mirrors/check/own-look-up.ts';
import { type Network, openWeb, type TimeLimits } from '../mirrors/check/web-request.ts';
import { UsageError } from './exit-code.ts';

/** For each file, of which a larger one gets more: a server must not hold the check for ever. */
const FILE_LIMITS: TimeLimits = { connect: 10_000, whole: 30_000, bytesPerSecond: 65_536 };
/** For all files together. */
const LONGEST_VISIT = 3_600_000;
const FAMILIES: readonly Family[] = [4, 6];

interface VisitSettings {
  limits?: TimeLimits;
  longest?: number;
  resolve?: Network['resolve'];
}

/** The files of a publication, in a folder or at an address; `what` names it in errors. */
export function publicationAt(
  place: string,
  what: string,
  mayBePrivate = false,
): { source: PublishedSource; close(): void } {
  if (!/^https?:\/\//i.test(place)) return { source: folderSource(place), close: () => {} };
  const address = URL.parse(place);
  if (address === null) throw new UsageError(`${what}: expected an address such as https://count.example.org/`);
  if (address.username !== '' || address.password !== '')
    throw new UsageError(`${what}: an address with a name or password cannot be checked; leave them out`);
  const { ask, close } = siteVisitor(address, mayBePrivate);
  return { source: siteSource(`${address.origin}${address.pathname}`, ask), close };
}

/**
 * Asks one web server, and nobody else: redirects to another origin are not followed, and a name that leads to a private
 * network is not connected to unless that was asked for (G07). Whoever writes an address of a private network has asked.
 */
export function siteVisitor(
  site: URL,
  mayBePrivate: boolean,
  { limits = FILE_LIMITS, longest = LONGEST_VISIT, resolve = systemLookUp() }: VisitSettings = {},
): { ask: AskSite; close(): void } {
  const host = site.hostname.replace(/^\[|\]$/g, '');
  const isNamed = isIP(host) !== 0 || host === 'localhost';
  const isAllowed = mayBePrivate || isNamed ? () => true : isPublicAddress;
  const web = openWeb({ resolve, isAllowed }, limits, 'rollcall-verify', otherOrigin);
  let isOver = false;
  const clock = setTimeout(() => {
    isOver = true;
    web.close();
  }, longest).unref();
  let families = FAMILIES;
  const ask: AskSite = async (address, most) => {
    let answer: Answer = { kind: 'no-address' };
    for (const family of families) {
      if (isOver) break;
      const next = await web.get(String(address), family, most);
      // That there is no address of the other kind is not the news.
      if (next.kind !== 'no-address' || answer.kind === 'no-address') answer = next;
      if (answer.kind === 'body' || answer.kind === 'status') {
        // The others are asked by the version of IP that works.
        families = [family];
        break;
      }
      if (answer.kind === 'unusable') break;
    }
    if (isOver) throw new Error(`all files together take longer than ${Math.round(longest / 60_000)} minutes`);
    return siteAnswer(answer);
  };
  return {
    ask,
    close: () => {
      clearTimeout(clock);
      web.close();
    },
  };
}

function siteAnswer(answer: Answer): SiteAnswer {
  if (answer.kind === 'body') return { status: 200, type: answer.type, bytes: answer.bytes };
  if (answer.kind === 'status') return { status: answer.status };
  throw new Error(reasonOf(answer));
}

function otherOrigin(from: URL, to: URL): string | undefined {
  if (from.origin === to.origin) return undefined;
  return `the server leads elsewhere, to ${to.origin}: name the address at which the publication is`;
}
