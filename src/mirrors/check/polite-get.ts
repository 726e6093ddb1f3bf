import type { Answer, Family, Get } from './answer.ts';

export interface Manners {
  /** Requests at the same time, to one host and in all. */
  perHost: number;
  inAll: number;
  /** Failures in a row after which a host is left alone for the rest of the run. */
  patience: number;
  /** Milliseconds that requests to one host may take together. */
  budget: number;
}

export const MANNERS: Manners = { perHost: 3, inAll: 120, patience: 3, budget: 10 * 60_000 };

interface Host {
  turn: Turns;
  spent: number;
  /** By scheme and IP version, as they fail one by one. */
  failures: Map<string, { inRow: number; last: Answer }>;
}

/** Keeps a run from loading a host, and a host from holding up the run. For one run. */
export function politely(get: Get, manners: Manners, milliseconds: () => number): Get & { requests(): number } {
  const hosts = new Map<string, Host>();
  const inAll = takeTurns(manners.inAll);
  let requests = 0;

  async function ask(host: Host, door: string, address: string, family: Family, most: number): Promise<Answer> {
    const failed = host.failures.get(door);
    if (failed !== undefined && failed.inRow >= manners.patience) return failed.last;
    if (host.spent > manners.budget)
      return { kind: 'failed', reason: 'the answers are so slow that the check has given up' };
    const started = milliseconds();
    requests++;
    const answer = await get(address, family, most);
    host.spent += milliseconds() - started;
    const isFailure = answer.kind === 'failed' || answer.kind === 'own-fault';
    if (isFailure) host.failures.set(door, { inRow: (host.failures.get(door)?.inRow ?? 0) + 1, last: answer });
    else host.failures.delete(door);
    return answer;
  }

  const polite = (address: string, family: Family, most: number) => {
    const { hostname, origin } = new URL(address);
    const host = hosts.get(hostname) ?? { turn: takeTurns(manners.perHost), spent: 0, failures: new Map() };
    hosts.set(hostname, host);
    return host.turn(() => inAll(() => ask(host, `${origin} ${family}`, address, family, most)));
  };
  return Object.assign(polite, { requests: () => requests });
}

export type Turns = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** Lets so many work at the same time; the others wait in the order in which they came. */
export function takeTurns(places: number): Turns {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
