import { randomBytes } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Disk } from '../../flow/views/files/disk.ts';
import type { HealthState, MirrorHealth, RepositoryHealth, RepositoryKey } from '../catalogue.ts';

// Not zod's own check of times, which takes longer than all the rest: there are 70,000 in the state of 500 mirrors.
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'expected a time such as 2026-07-15T18:02:43Z');
const key = z
  .string()
  .regex(/^[^/]+\/[^/]+\/[^/]+$/)
  .transform((text) => text as RepositoryKey);
const hash = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`), `expected ${length} hex digits`);
const count = z.int().nonnegative();

const reachability = z.object({ ok: z.boolean(), since: time, reason: z.string(), failures: count.optional() });

const repositoryHealth = z.object({
  verdict: z.enum(['current', 'previous', 'stale', 'missing', 'unreachable', 'broken']),
  since: time,
  reason: z.string(),
  failures: count,
  isListed: z.boolean(),
  sha256: hash(64).optional(),
});

const degrees = z.number().min(-180).max(180);
const whereabouts = z.object({
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  place: z.object({ latitude: degrees, longitude: degrees }).optional(),
  asn: count.optional(),
});

const mirrorHealth = z
  .object({
    v4: reachability.optional(),
    v6: reachability.optional(),
    schemes: z.object({ http: reachability.optional(), https: reachability.optional() }).optional(),
    time: time.optional(),
    whereabouts: whereabouts.optional(),
    repositories: z.record(z.string(), repositoryHealth),
  })
  .transform(
    ({ whereabouts, ...health }): MirrorHealth => ({
      ...health,
      ...(whereabouts === undefined ? {} : { whereabouts }),
      // JSON has no undefined.
      v4: health.v4,
      v6: health.v6,
      time: health.time,
      // There are as many as times; how they look is checked in `truth`.
      repositories: health.repositories as Record<RepositoryKey, RepositoryHealth>,
    }),
  );

const knownMetadata = z.object({ sha256: hash(64), sha512: hash(128), size: count, timestamp: count, firstSeen: time });

const stateSchema = z.object({
  format: z.literal('rollcall-health-v1', 'expected rollcall-health-v1: it was written by another version'),
  checked: time,
  masterTime: time.optional(),
  emergency: z
    .object({ repositories: z.union([z.literal('all'), z.array(z.string())]), until: time, why: z.string() })
    .optional(),
  truth: z.record(key, z.array(knownMetadata).min(1)),
  mirrors: z.record(z.string(), mirrorHealth),
});

export type LoadedState =
  | { kind: 'loaded'; state: HealthState }
  /** There is no such file yet. */
  | { kind: 'none' }
  /** `why` says what is wrong and where in the file. */
  | { kind: 'damaged'; why: string };

/** Reads what `rollcall check` wrote. Never throws. */
export function loadState(disk: Pick<Disk, 'kindOf' | 'read'>, path: string): LoadedState {
  try {
    if (disk.kindOf(resolve(path)) === 'nothing') return { kind: 'none' };
    return parseState(path, Buffer.from(disk.read(resolve(path))).toString('utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { kind: 'damaged', why: `${path} cannot be read (${code})` };
  }
}

function parseState(path: string, text: string): LoadedState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'damaged', why: `${path} is not JSON, or not all of it is there` };
  }
  const parsed = stateSchema.safeParse(json);
  if (parsed.success) return { kind: 'loaded', state: { ...parsed.data, emergency: parsed.data.emergency } };
  const [issue] = parsed.error.issues;
  return { kind: 'damaged', why: `${path}: ${issue!.path.map(String).join(' > ') || 'the file'}: ${issue!.message}` };
}

export function saveState(disk: Disk, path: string, state: HealthState): void {
  saveText(disk, path, stateText(state));
}

/** For what can be done without: undefined if there is no such file, or if it is not of this shape. */
export function loadJson<Value>(
  disk: Pick<Disk, 'kindOf' | 'read'>,
  path: string,
  schema: z.ZodType<Value>,
): Value | undefined {
  try {
    if (disk.kindOf(resolve(path)) === 'nothing') return undefined;
    return schema.safeParse(JSON.parse(Buffer.from(disk.read(resolve(path))).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * In one step: whoever reads, reads what was before or what is after, even when the power goes out in between. What a killed
 * run has left goes: only one at a time writes a file, by `holdState` or because there is only one who does.
 */
export function saveText(disk: Disk, path: string, text: string): void {
  const target = resolve(path);
  for (const name of disk.list(dirname(target)).filter((each) => isLeftover(each, basename(target))))
    disk.remove(join(dirname(target), name));
  const partial = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    disk.write(partial, Buffer.from(text));
    disk.flush(partial);
    disk.rename(partial, target);
  } catch (error) {
    disk.remove(partial);
    throw error;
  }
  disk.flush(dirname(target));
}

function isLeftover(name: string, file: string): boolean {
  return name.startsWith(`${file}.`) && /^[0-9a-f]{12}\.part$/.test(name.slice(file.length + 1));
}

/** A line for each mirror: whoever wants to know about one can search for its name. */
function stateText({ truth, mirrors, ...head }: HealthState): string {
  const opening = JSON.stringify(head).slice(0, -1);
  return `${opening},\n"truth":${linesText(truth)},\n"mirrors":${linesText(mirrors)}}\n`;
}

function linesText(record: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(record).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n}`;
}

/** Makes room for a new state and keeps what is damaged for whoever wants to look. Returns its new name. */
export function moveAside(disk: Disk, path: string, timeText: string): string {
  const target = resolve(path);
  const aside = `${basename(target)}.damaged-${timeText.replace(/[^0-9TZ]/g, '')}`;
  disk.rename(target, join(dirname(target), aside));
  disk.flush(dirname(target));
  return aside;
}

const LOCK_TRIES = 100;
const LOCK_WAIT_MILLISECONDS = 100;

/** Nobody else changes the state while `work` reads and writes it: an emergency must not be lost to a check that ends. */
export async function holdState<Value>(
  { disk, sleep }: { disk: Disk; sleep(milliseconds: number): Promise<void> },
  path: string,
  work: () => Value,
): Promise<Value> {
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    const lock = disk.lock(resolve(`${path}.lock`));
    if (lock !== undefined) {
      try {
        return work();
      } finally {
        lock.release();
      }
    }
    await sleep(LOCK_WAIT_MILLISECONDS);
  }
  throw new Error(`${path} is held by another program for too long`);
}
