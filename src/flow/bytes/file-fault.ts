import type { Stats } from 'node:fs';
import { LogFault } from './log-fault.ts';

const REASONS = new Map([
  ['ENOENT', 'there is no such file; if it was rotated or deleted meanwhile, name it again as it is called now'],
  ['ENOTDIR', 'a part of the path is a file, not a folder; check the path'],
  ['EACCES', 'no permission to read it; run as a user who may, or change its permissions'],
  ['EPERM', 'no permission to read it; run as a user who may, or change its permissions'],
  ['EISDIR', 'it is a folder now; it was a file when the logs were listed'],
  ['ELOOP', 'its symbolic links lead in a circle; name the file itself'],
  ['ENAMETOOLONG', 'the path is longer than the system allows; name it from a nearer folder'],
  ['EMFILE', 'too many files are open; raise the limit (ulimit -n)'],
  ['ENFILE', 'too many files are open on this machine; try again later'],
  ['ESTALE', 'it vanished from the network file system while it was read; try again'],
]);

const SYSTEM_CODE = /^E[A-Z0-9]+$/;

/** A failed call on a file as a fault of that file. Anything that the file system did not report is thrown again. */
export function fileFault(error: unknown): LogFault {
  if (error instanceof LogFault) return error;
  const code = errorCode(error);
  if (code === undefined || !SYSTEM_CODE.test(code)) throw error;
  if (code === 'EIO') {
    return new LogFault('damaged', 'the disk could not read all of it (EIO); check the disk or restore the file', {
      cause: error,
    });
  }
  const reason = REASONS.get(code) ?? `it could not be read (${code}); try again`;
  return new LogFault('refused', reason, { cause: error });
}

/** The reason why something that is neither a file nor a folder is not read, or undefined for those two. */
export function specialFileFault(stats: Pick<Stats, 'isFIFO' | 'isSocket' | 'isFile' | 'isDirectory'>) {
  if (stats.isFile() || stats.isDirectory()) return undefined;
  const kind = stats.isFIFO() ? 'a named pipe (FIFO)' : stats.isSocket() ? 'a socket' : 'a device';
  return new LogFault('refused', `${kind}, not a log file; to read from it: cat ... | rollcall ingest -`);
}

export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
