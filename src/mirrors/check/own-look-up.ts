import { lookup, Resolver } from 'node:dns/promises';
import type { Network } from './web-request.ts';

const QUERY_MILLISECONDS = 3000;
const TRIES = 2;

/** Asks the name servers of this machine. Not the system's look-up: that knows /etc/hosts, and four at a time only. */
export function ownLookUp(): Network['resolve'] {
  const resolver = new Resolver({ timeout: QUERY_MILLISECONDS, tries: TRIES });
  return async (host, family) => {
    try {
      return await (family === 4 ? resolver.resolve4(host) : resolver.resolve6(host));
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENODATA' || error.code === 'ENOTFOUND'))
        return [];
      throw error;
    }
  };
}

/** As any other program here looks a name up: /etc/hosts too, for addresses that a person has named. */
export function systemLookUp(): Network['resolve'] {
  return async (host, family) => {
    try {
      return (await lookup(host, { family, all: true })).map(({ address }) => address);
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA'))
        return [];
      throw error;
    }
  };
}
