import { parseAddress } from '../../geo/address.ts';
import type { Scheme } from '../catalogue.ts';
import { quoted } from './finding.ts';
import { isPublicAddress } from './public-address.ts';

/** Who writes the files: strangers by pull request, or only the operator, whose mirrors may lie anywhere. */
export type Trust = 'strangers' | 'operator';

/** `value` is the address as it is used, without a slash at its end. */
export type Verdict = { value: string } | { problem: string; hint: string };

const LONGEST = 1000;
const OWN_PORT: Record<Scheme, string> = { http: '', https: '', ftp: '', rsync: '873' };
/** Top-level names that never lead into the Internet (RFC 6761, 6762, 7686, 8375 and habit). */
const INSIDE = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa|onion|invalid)$/;

/** Whether a mirror's address may be given out and connected to (G06). */
export function mirrorAddress(scheme: Scheme, text: string, trust: Trust): Verdict {
  const url = parseUrl(scheme, text);
  if (url === undefined) {
    return { problem: `${quoted(text)} is no ${scheme} address`, hint: `write ${scheme}://host/path/` };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      problem: 'has a user name or password in it',
      hint: 'mirrors are open to everybody: write the host alone',
    };
  }
  if (url.search !== '' || url.hash !== '') {
    return { problem: 'has a ? or # in it', hint: 'write the folder that the versions lie in' };
  }
  if (trust === 'strangers') {
    if (url.port !== '' && url.port !== OWN_PORT[scheme]) {
      return { problem: `is on port ${url.port}`, hint: `mirrors are on the port of ${scheme}: leave it out` };
    }
    const problem = insideProblem(url.hostname);
    if (problem !== undefined) return { problem, hint: 'write the public host name of the mirror' };
  }
  return { value: `${scheme}://${url.host}${url.pathname}`.replace(/\/+$/, '') };
}

/** As a browser reads it, so that 0x7f000001 and 2130706433 are 127.0.0.1. */
function parseUrl(scheme: Scheme, text: string): URL | undefined {
  if (text.length > LONGEST || /[\s\\<>"'`{}|^\p{C}]/u.test(text)) return undefined;
  const [, said, rest] = /^([a-z]+):\/\/([^/].*)$/i.exec(text) ?? [];
  if (said?.toLowerCase() !== scheme || rest === undefined) return undefined;
  // rsync is not among the schemes whose hosts are read as addresses.
  const address = scheme === 'rsync' ? `http://${rest}` : `${scheme}://${rest}`;
  return URL.parse(address) ?? undefined;
}

function insideProblem(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, '');
  if (parseAddress(bare) !== undefined) return isPublicAddress(bare) ? undefined : `${bare} is no public address`;
  if (INSIDE.test(bare.replace(/\.$/, '')) || !bare.replace(/\.$/, '').includes('.')) {
    return `${quoted(bare)} is no host name of the Internet`;
  }
  return undefined;
}

const LABEL = '[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?';
const HOST_NAME: Record<Trust, RegExp> = {
  strangers: new RegExp(`^${LABEL}(?:\\.${LABEL})+$`),
  operator: new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
};

/** Whether a text can be the name of a host; with an operator's trust, of one without a domain too. */
export function isHostName(text: string, trust: Trust): boolean {
  return text.length <= 253 && HOST_NAME[trust].test(text);
}
