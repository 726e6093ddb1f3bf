import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Week } from '../../flow/sightings/week.ts';
import { readRegularFile, type Sharing } from '../../regular-file.ts';
import type { NetworkKey } from './network-marks.ts';
import type { SegmentFile, SpoolFolder } from './spool.ts';

/** Hidden, so that `rollcall ingest` passes over them. */
const KEY_PREFIX = '.network-key-';
/** The key of a week, or the draft of one whose maker was killed. */
const KEY_NAME = /^\.network-key-(-?\d+)(?:\.[0-9a-f]{16})?$/;
const KEY_TEXT = /^([0-9a-f]{16}) ([0-9a-f]{64})\n$/;
const ID_BYTES = 8;
const KEY_BYTES = 32;
/** In hexadecimal digits, with a space and a line feed. */
const KEY_FILE_BYTES = 2 * (ID_BYTES + KEY_BYTES) + 2;
/** The operator's own, as the vault is, or the group's too. */
const MODES: Record<Sharing, { folder: number; file: number }> = {
  owner: { folder: 0o700, file: 0o600 },
  group: { folder: 0o770, file: 0o660 },
};

/** A spool on the disk; the folder is made if there is none. */
export function spoolFolder(
  path: string,
  randomBytes: (size: number) => Uint8Array,
  sharing: Sharing = 'owner',
): SpoolFolder {
  const modes = MODES[sharing];
  // Made or not, it is ours: nobody else is to read who checked in at which hour.
  if (mkdirSync(path, { recursive: true, mode: modes.folder }) !== undefined) chmodSync(path, modes.folder);
  return {
    path,
    create: (name) => createSegment(path, name, modes.file),
    networkKey: (week) => {
      destroyKeysBefore(path, week);
      return readKey(path, week) ?? makeKey(path, week, randomBytes);
    },
  };
}

async function createSegment(folder: string, name: string, mode: number): Promise<SegmentFile> {
  const file = await open(join(folder, name), 'wx', mode);
  await file.chmod(mode);
  // Else the name of the file might not survive a power cut, however well its bytes were kept.
  const entries = await open(folder, 'r');
  await entries.sync().finally(() => entries.close());
  return {
    write: (bytes, at) => writeFully(file, bytes, at),
    sync: () => file.datasync(),
    isGone: async () => (await file.stat()).nlink === 0,
    close: () => file.close(),
  };
}

async function writeFully(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

function readKey(folder: string, week: Week): NetworkKey | undefined {
  let text: string;
  try {
    text = readRegularFile(join(folder, KEY_PREFIX + week), KEY_FILE_BYTES).toString('latin1');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const parts = KEY_TEXT.exec(text);
  if (parts === null) throw new Error(`${KEY_PREFIX}${week} is no key; remove it`);
  return { id: parts[1]!, key: Buffer.from(parts[2]!, 'hex') };
}

/** Of several processes that start together one makes the key, and it is there as a whole or not at all. */
function makeKey(folder: string, week: Week, randomBytes: (size: number) => Uint8Array): NetworkKey {
  const [id, key] = [ID_BYTES, KEY_BYTES].map((size) => Buffer.from(randomBytes(size)).toString('hex'));
  const path = join(folder, KEY_PREFIX + week);
  const draft = `${path}.${id}`;
  const fd = openSync(draft, 'wx', MODES.owner.file);
  try {
    writeSync(fd, `${id} ${key}\n`);
    // A key that a power cut took would make each network a second one.
    fsyncSync(fd);
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    closeSync(fd);
    unlinkSync(draft);
  }
  flushFolder(folder);
  return readKey(folder, week)!;
}

function flushFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Nothing of an earlier week arrives any more. */
function destroyKeysBefore(folder: string, week: Week): void {
  for (const name of readdirSync(folder)) {
    const parts = KEY_NAME.exec(name);
    if (parts !== null && Number(parts[1]) < week) destroy(join(folder, name));
  }
}

/** Overwritten first; another process may have been faster. */
function destroy(path: string): void {
  try {
    const fd = openSync(path, 'r+');
    try {
      writeSync(fd, '0'.repeat(2 * (ID_BYTES + KEY_BYTES) + 1));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
