import { folderSource, siteSource } from '../flow/views/files/published-source.ts';
import { publicKey } from '../flow/views/files/signature.ts';
import { verifyPublished } from '../flow/views/files/verify-published.ts';
import { readText } from './distribution.ts';
import type { ExitCode } from './exit-code.ts';
import { plural, printable, type Terminal } from './terminal.ts';

const LONGEST_PROBLEM = 500;
const REQUEST_MILLISECONDS = 30_000;

/** A server that never ends its answer must not hold the check for ever. */
const fetchInTime: typeof fetch = (address, options) =>
  fetch(address, { ...options, signal: AbortSignal.timeout(REQUEST_MILLISECONDS) });

/** `rollcall verify --published`: whether a publication is what its manifest and the chain before it say. */
export async function verifyPublication(
  { published, key }: { published: string; key?: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const source = /^https?:\/\//.test(published) ? siteSource(published, fetchInTime) : folderSource(published);
  const trusted = key === undefined ? undefined : publicKey(readText(key), key);
  const { manifest, isSigned, problems } = await verifyPublished(source, trusted);
  for (const problem of problems) terminal.err.write(`${printable(problem, LONGEST_PROBLEM)}\n`);
  if (problems.length > 0) {
    terminal.err.write(`${published} is not what was published: ${plural(problems.length, 'problem')}.\n`);
    return 1;
  }
  const signature = isSigned ? `, signed${trusted === undefined ? ' with the key beside it' : ''}` : ', not signed';
  const { number, files, weeks } = manifest!;
  terminal.out.write(
    `${published} is as it was published: number ${number}, ${plural(files.length, 'file')}, ${plural(weeks.length, 'week')}${signature}.\n`,
  );
  return 0;
}
