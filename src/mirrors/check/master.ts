import { join } from 'node:path';
import type { EpochSeconds } from '../../flow/sightings/week.ts';
import { readRegularFile } from '../../regular-file.ts';
import type { Catalogue, HealthState, RepositoryKey } from '../catalogue.ts';
import { type Answer, type Get, isAbsent, reasonOf } from './answer.ts';
import { MOST_METADATA_BYTES, readMetadata } from './metadata.ts';
import type { Target } from './targets.ts';
import { MOST_TIME_BYTES, readTime } from './time-file.ts';
import { type History, remember } from './truth.ts';

/** Reads a file of the master by its path from the base address on. */
export type ReadMaster = (path: string, most: number) => Promise<Answer>;

/** What the master is found to have. */
export interface Truth {
  histories: Readonly<Record<RepositoryKey, History>>;
  /** Of which the master was asked with success in this run. */
  fresh: ReadonlySet<RepositoryKey>;
  /** What its TIME file says, in seconds since 1970; undefined if it has none. */
  time: number | undefined;
  /** What failed, in words; each once. */
  failures: readonly string[];
}

/** A folder on this machine, or an http(s) address. */
export function readerOf(place: string, get: Get): ReadMaster {
  if (!/^https?:\/\//.test(place)) return async (path, most) => readFrom(join(place, path), most);
  const base = place.replace(/\/+$/, '');
  return async (path, most) => {
    const answer = await get(`${base}/${path}`, 4, most);
    const isElsewhere = answer.kind === 'no-address' || answer.kind === 'failed' || answer.kind === 'own-fault';
    const second = isElsewhere ? await get(`${base}/${path}`, 6, most) : answer;
    return second.kind === 'no-address' || second.kind === 'own-fault' ? answer : second;
  };
}

function readFrom(path: string, most: number): Answer {
  try {
    return { kind: 'body', bytes: readRegularFile(path, most) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'EFBIG') return { kind: 'unusable', reason: `it is greater than ${most} bytes` };
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { kind: 'status', status: 404 }
      : { kind: 'failed', reason: `it cannot be read (${code})` };
  }
}

/** By module; `undefined` is what is in no module. */
export type Masters = ReadonlyMap<string | undefined, ReadMaster>;

/**
 * `places` take the part of the catalogue's own master: an address or a folder, or `kitten=` and one for that module. What
 * of a module has no master is not checked, and is given out unchecked.
 */
export function mastersOf(catalogue: Catalogue, places: readonly string[], get: Get): Masters {
  const named = places.map((place): [string | undefined, string] => {
    const [, module, rest] = /^([\w-]+)=(.+)$/.exec(place) ?? [];
    return module !== undefined && catalogue.modules.has(module) ? [module, rest!] : [undefined, place];
  });
  const own: [undefined, string][] = catalogue.master === undefined ? [] : [[undefined, catalogue.master]];
  return new Map([...own, ...named].map(([module, place]) => [module, readerOf(place, get)]));
}

/** Asks the master for everything. What it does not answer keeps the history it had: truth is never lost. */
export async function learnTruth(
  targets: readonly Target[],
  masters: Masters,
  before: HealthState['truth'],
  now: EpochSeconds,
): Promise<Truth> {
  const time = await masters.get(undefined)?.('TIME', MOST_TIME_BYTES);
  const learnt = await Promise.all(
    targets.flatMap((target) => {
      const read = masters.get(target.module);
      return read === undefined ? [] : [learn(target, read, before[target.key] ?? [], now)];
    }),
  );
  const known = learnt.filter(({ history }) => history.length > 0);
  return {
    histories: { ...before, ...Object.fromEntries(known.map(({ key, history }) => [key, history])) },
    fresh: new Set(learnt.filter(({ isFresh }) => isFresh).map(({ key }) => key)),
    time: time?.kind === 'body' ? readTime(time.bytes) : undefined,
    failures: [...new Set(learnt.map(({ failure }) => failure))].filter((failure) => failure !== ''),
  };
}

interface Learnt {
  key: RepositoryKey;
  history: History;
  isFresh: boolean;
  failure: string;
}

async function learn({ key, path }: Target, read: ReadMaster, history: History, now: EpochSeconds): Promise<Learnt> {
  const answer = await read(path, MOST_METADATA_BYTES);
  // Versions, repositories and architectures multiply to more than there is.
  if (isAbsent(answer) && history.length === 0) return { key, history, isFresh: true, failure: '' };
  if (isAbsent(answer)) return { key, history, isFresh: false, failure: `${key}: it had it, and has it no more` };
  const metadata = answer.kind === 'body' ? readMetadata(answer.bytes) : undefined;
  if (metadata !== undefined) return { key, history: remember(history, metadata, now), isFresh: true, failure: '' };
  if (answer.kind === 'body')
    return { key, history, isFresh: false, failure: `${key}: what it answers is no repomd.xml` };
  return { key, history, isFresh: false, failure: reasonOf(answer) };
}
