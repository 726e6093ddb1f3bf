import type { Mirror, WebScheme } from '../catalogue.ts';
import { type Answer, type Family, type Get, isServed, reasonOf } from './answer.ts';
import { MOST_TIME_BYTES, readTime } from './time-file.ts';
import { timeText } from './time-text.ts';

/** One way to a mirror. */
export interface Door {
  scheme: WebScheme;
  family: Family;
}

export type DoorFinding =
  | { kind: 'open' }
  | { kind: 'closed'; reason: string }
  /** It has no address of that family. */
  | { kind: 'none' }
  /** The checker could not tell. */
  | { kind: 'unknown' };

/** By which ways a mirror can be reached. */
export interface Reach {
  v4: DoorFinding;
  v6: DoorFinding;
  schemes: Readonly<Partial<Record<WebScheme, DoorFinding>>>;
  /** The way by which its repositories are looked at. */
  open: Door | undefined;
  /** ISO 8601, of its TIME file. */
  time: string | undefined;
}

interface Knock extends Door {
  answer: Answer;
}

/**
 * Asks for TIME by every scheme over the first IP version, and over the second until one scheme answers: that tells a bad
 * certificate from a dead host, and IPv4 from IPv6, with three requests.
 */
export async function findDoors(mirror: Mirror, get: Get): Promise<Reach> {
  const schemes = (['http', 'https'] as const).filter((scheme) => mirror.addresses[scheme] !== undefined);
  const knock = async (scheme: WebScheme, family: Family): Promise<Knock> => {
    const answer = await get(`${mirror.addresses[scheme]}/TIME`, family, MOST_TIME_BYTES);
    return { scheme, family, answer };
  };
  const knocks: Knock[] = [];
  for (const family of [4, 6] as const) {
    for (const scheme of schemes) {
      const isToldAlready = knocks.some((one) => one.scheme === scheme && one.answer.kind !== 'no-address');
      const isOpen = knocks.some((one) => one.family === family && isServed(one.answer));
      if (isOpen && isToldAlready) continue;
      const last = await knock(scheme, family);
      knocks.push(last);
      if (last.answer.kind === 'no-address') break;
    }
  }
  return reachOf(knocks, schemes);
}

function reachOf(knocks: readonly Knock[], schemes: readonly WebScheme[]): Reach {
  const open = knocks.find(({ answer }) => isServed(answer));
  const times = knocks.flatMap(({ answer }) => (answer.kind === 'body' ? [readTime(answer.bytes)] : []));
  const time = times.find((seconds) => seconds !== undefined);
  return {
    v4: findingOf(knocks.filter(({ family }) => family === 4)),
    v6: findingOf(knocks.filter(({ family }) => family === 6)),
    schemes: Object.fromEntries(
      schemes.map((name) => [name, findingOf(knocks.filter(({ scheme }) => scheme === name))]),
    ),
    open: open === undefined ? undefined : { scheme: open.scheme, family: open.family },
    time: time === undefined ? undefined : timeText(time),
  };
}

function findingOf(knocks: readonly Knock[]): DoorFinding {
  if (knocks.some(({ answer }) => isServed(answer))) return { kind: 'open' };
  const closed = knocks.find(({ answer }) => answer.kind === 'failed' || answer.kind === 'status');
  if (closed !== undefined) return { kind: 'closed', reason: `${closed.scheme}: ${reasonOf(closed.answer)}` };
  return knocks.some(({ answer }) => answer.kind === 'own-fault') ? { kind: 'unknown' } : { kind: 'none' };
}
