import { randomBytes } from 'node:crypto';
import { type EpochSeconds, mondayOf, weekOf } from '../flow/sightings/week.ts';
import { KEY_BYTES, keyText, readKeyText, type TallyKey, withoutPast } from '../flow/tallies/tally-key.ts';
import { replaceText } from '../flow/views/files/replace-file.ts';
import { readRegularFile } from '../regular-file.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

const MOST_BYTES = 1024;

/** `rollcall tally-key`: a key for those who make tallies and those who count them. */
export async function makeTallyKey(path: string, terminal: Terminal, now: EpochSeconds): Promise<ExitCode> {
  if (hasFile(path)) throw new UsageError(`${path} is there already, and tallies may need it: name another file`);
  await replaceText(path, keyText({ week: weekOf(now), key: randomBytes(KEY_BYTES) }));
  terminal.out.write(
    `${path} is the key for tallies from this week on. Copy it to each machine that makes tallies, and to the one that\n` +
      'counts them, where nobody else can read it. There each run with --key forgets what is older than a week and a day.\n',
  );
  return 0;
}

function hasFile(path: string): boolean {
  try {
    readRegularFile(path, MOST_BYTES);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}

/** Throws a UsageError if the file is no key. */
export function readTallyKey(path: string | undefined): TallyKey | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readRegularFile(path, MOST_BYTES).toString('latin1');
  } catch (error) {
    const make =
      codeOf(error) === 'ENOENT' ? `: make one with "rollcall tally-key ${path}", once for all machines` : '';
    throw new UsageError(`--key: ${path} cannot be read${make}`, { cause: error });
  }
  const key = readKeyText(text);
  if (key === undefined)
    throw new UsageError(`--key: ${path} is no key for tallies: make one with "rollcall tally-key"`);
  return key;
}

/** What was sealed in a week that is over for long cannot be opened any more, on this machine. */
export async function forgetPastKeys(path: string, terminal: Terminal, now: EpochSeconds): Promise<void> {
  const key = readTallyKey(path)!;
  const left = withoutPast(key, now);
  if (left.week === key.week) return;
  try {
    await replaceText(path, keyText(left));
  } catch (error) {
    // Another run is doing it.
    if (codeOf(error) === 'EBUSY') return;
    terminal.err.write(
      `rollcall: ${path} cannot be written, so it still opens tallies made since ${mondayOf(key.week)}: ` +
        'replace it where it comes from, or make a new one\n',
    );
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
