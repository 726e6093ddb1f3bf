import type { KeyObject } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { REAL_DISK } from '../flow/views/files/disk.ts';
import { replaceText } from '../flow/views/files/replace-file.ts';
import { publicKey } from '../flow/views/files/signature.ts';
import type { Problem, ProblemKind } from '../flow/views/verification/problem.ts';
import {
  RememberError,
  type Remembered,
  readRemembered,
  remembered,
  rememberedText,
  signerProblems,
} from '../flow/views/verification/remembered.ts';
import { readSeen, type Seen } from '../flow/views/verification/seen.ts';
import { type Verified, verifyPublished } from '../flow/views/verification/verify-published.ts';
import { readText } from './distribution.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { recomputePublication, renderPublication } from './render-publication.ts';
import { publicationAt } from './site-visitor.ts';
import { plural, printable, type Terminal } from './terminal.ts';

export interface VerifyPublicationOptions {
  /** A folder, or an address. */
  published: string;
  /** Whether its name may lead to a private network. */
  privateAddresses?: boolean;
  key?: string;
  seen?: string;
  remember?: string;
}

const LONGEST_PROBLEM = 500;
const MOST_PROBLEMS = 40;
/** `rollcall verify --published`: whether a publication is what its manifest and the chain before it say. */
export async function verifyPublication(
  options: VerifyPublicationOptions,
  terminal: Terminal,
  render = renderPublication,
): Promise<ExitCode> {
  const { published, key, remember } = options;
  const trusted = key === undefined ? undefined : publicKey(readText(key), key);
  const known = remember === undefined ? undefined : readMemory(remember);
  const { source, close } = publicationAt(published, '--published', options.privateAddresses);
  const verified = await verifyPublished(source, {
    trusted,
    seen: allSeen(options.seen, known),
    recompute: (files, id) => recomputePublication(files, id, render),
  }).finally(close);
  const problems = [...verified.problems, ...(known ? signerProblems(known, verified.signer, trusted) : [])];
  if (problems.length > 0) return refuse(published, problems, verified.scope, terminal);
  terminal.out.write(describe(published, verified, trusted));
  if (remember !== undefined)
    await writeMemory(remember, remembered(verified.manifest!, verified.id!, verified.signer), terminal);
  return 0;
}

function allSeen(text: string | undefined, known: Remembered | undefined): Seen[] {
  const seen = text === undefined ? [] : [readSeen(text)];
  if (seen.includes(undefined))
    throw new UsageError(
      `--seen ${text}: expected the number of a publication, or the 64 digits of its manifest's SHA-256, as the data page shows them`,
    );
  return [...seen.filter((each) => each !== undefined), ...(known === undefined ? [] : [known])];
}

function refuse(
  published: string,
  problems: readonly Problem[],
  scope: Verified['scope'],
  { err }: Terminal,
): ExitCode {
  for (const { text } of problems.slice(0, MOST_PROBLEMS)) err.write(`${printable(text, LONGEST_PROBLEM)}\n`);
  if (problems.length > MOST_PROBLEMS)
    err.write(`... and ${plural(problems.length - MOST_PROBLEMS, 'more problem')}\n`);
  const kinds = new Set(problems.map(({ kind }) => kind));
  err.write(`${published} must not be relied on: ${plural(problems.length, 'problem')}.\n`);
  for (const kind of kinds) err.write(`  ${ADVICE[kind]}\n`);
  if (scope === 'numbers' && kinds.has('contradiction'))
    err.write('  Another version of Rollcall has made it: verify it with that version, or with the newest, first.\n');
  return 1;
}

const PUBLISH_AGAIN = 'If it is yours, run rollcall publish again';
const ADVICE: Record<ProblemKind, string> = {
  missing:
    'Missing files: name the folder that rollcall publish wrote, or the address of the site; a copy must be whole (rsync -a --delete).',
  unreadable: 'Files that cannot be read: try again, and look at permissions or at the server.',
  'line-ends': 'Line ends: copy the files as they are, not as text (in FTP: binary; in git: no autocrlf).',
  changed: `Changed files: copy the publication again. ${PUBLISH_AGAIN}; if it is not, tell whoever publishes it.`,
  replaced: 'Something was published in the meantime: try again.',
  extra:
    'More than was published: remove it, since readers take it for published, and copy links as what they lead to.',
  manifest: `Manifests that are none: ${PUBLISH_AGAIN.toLowerCase()} with the newest Rollcall; if it is not, tell whoever publishes it.`,
  chain: 'A broken chain: past publications were altered or lost. Tell whoever publishes it.',
  signature: 'Signature: get the key, or the signed publication, from whoever publishes it.',
  rollback:
    'Older than what you saw: a copy that lags behind, or one that was put back. Use the newer one; ask whoever publishes why it is gone.',
  fork: 'A fork: use neither until whoever publishes has said which one is right, and why there are two.',
  'other-publication': 'Another publication: --remember needs a file for each; the one you named was left as it is.',
  contradiction:
    'Contradictions: files were altered and their hashes fitted, or a fault of Rollcall. Use none of the numbers; tell whoever publishes it.',
};

const RECOMPUTED = {
  all: 'All that it shows was computed again from its tables: numbers, words and pictures.',
  numbers:
    'All numbers were computed again from its tables. Words and pictures were not: another version of Rollcall has made it.',
};

function byFormerMethod(method: string): string {
  return `Its numbers were NOT computed again: an older Rollcall made it, by method ${method}, without the tables that this takes. ${PUBLISH_AGAIN}: its weeks keep their numbers, and can be checked from then on. If it is not, verify it with that older Rollcall too.`;
}

function describe(
  published: string,
  { manifest, list, id, signer, scope }: Verified,
  trusted: KeyObject | undefined,
): string {
  const { files, weeks } = list!;
  const signature = signer ? `signed${trusted === undefined ? ' with the key beside it' : ''}` : 'not signed';
  return [
    `${published} is as it was published: number ${id!.number}, ${plural(files.length, 'file')}, ${plural(weeks.length, 'week')}, ${signature}.`,
    scope === 'files' ? byFormerMethod(manifest!.method) : RECOMPUTED[scope ?? 'numbers'],
    `Its manifest: ${id!.sha256}`,
    '',
  ].join('\n');
}

/** Undefined if there is nothing to remember yet. */
function readMemory(file: string): Remembered | undefined {
  const kind = REAL_DISK.kindOf(dirname(resolve(file)));
  if (kind === 'nothing') throw new UsageError(`--remember ${file}: there is no such folder; create it first`);
  if (REAL_DISK.kindOf(file) === 'folder') throw new UsageError(`--remember ${file}: is a folder; name a file in it`);
  return REAL_DISK.kindOf(file) === 'nothing' ? undefined : readRemembered(readText(file), file);
}

/** In one step: a run that is killed must not leave half a memory. */
async function writeMemory(file: string, seen: Remembered, { out }: Terminal): Promise<void> {
  const path = resolve(file);
  const known = readMemory(path);
  const text = rememberedText(seen);
  // Another run may have seen a newer one in the meantime.
  if (known !== undefined && (known.number > seen.number || rememberedText(known) === text)) return;
  try {
    await replaceText(path, text);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const advice = 'the publication is fine; check permissions and free space. What was remembered before is unchanged';
    throw new RememberError(`${file} could not be written (${error.message}): ${advice}`, { cause: error });
  }
  out.write(`${file} remembers publication ${seen.number}.\n`);
}
