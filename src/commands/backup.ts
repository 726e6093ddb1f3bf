import { randomBytes } from 'node:crypto';
import { realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Vault } from '../flow/vault/vault.ts';
import { VaultFault } from '../flow/vault/vault-fault.ts';
import { replaceFile } from '../flow/views/files/replace-file.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { requireFile } from './open-vault.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import { formatBytes, showProgress, type Terminal } from './terminal.ts';

export interface BackupOptions extends SharingOptions {
  vault: string;
}

/** `rollcall backup`: a copy of the vault as it is at one moment, while ingest and serve go on. */
export async function backUp(path: string, options: BackupOptions, terminal: Terminal): Promise<ExitCode> {
  requireFile(options.vault, 'backup', 'to have a copy of this one, run "rollcall copy"');
  const vault = Vault.open(options.vault, 'read', randomBytes);
  try {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined && realpathSync(path) === realpathSync(options.vault))
      throw new UsageError(`${path} is the vault itself: name another file`);
    await copyToFile(path, { vault, name: options.vault, size: statSync(options.vault).size }, options, terminal);
  } finally {
    vault.close();
  }
  terminal.out.write(
    `${path} has all numbers of ${options.vault} (${formatBytes(statSync(path).size)}, compared). They are exact: keep it as ` +
      'you keep the vault.\nTo go back to it, put a copy of it in the place of the vault while nothing uses that, and remove ' +
      `${options.vault}-wal and ${options.vault}-shm.\n`,
  );
  return 0;
}

/** Copies a vault and compares the copy with it. An older copy may be replaced; what else is there stays. */
export async function copyToFile(
  path: string,
  { vault, name, size }: { vault: Vault; name: string; size: number },
  options: SharingOptions,
  terminal: Terminal,
): Promise<void> {
  try {
    checkRoom(path, size);
    checkTarget(path, name, vault);
    const progress = await showProgress(terminal.err, 'Copying', size);
    try {
      await replaceFile(
        path,
        (temporary) => vault.copyTo(temporary, (share) => progress.update(Math.round(size * share))),
        sharingOf(options),
      );
    } finally {
      progress.stop();
    }
  } catch (error) {
    throw explained(error, path);
  }
}

/** Before anything is opened there: SQLite leaves files behind where it finds no room for them. */
function checkRoom(path: string, size: number): void {
  let room: { bavail: number; bsize: number; blocks: number };
  try {
    room = statfsSync(dirname(path));
  } catch {
    // What is wrong with the folder is told when something is written to it.
    return;
  }
  const left = room.bavail * room.bsize;
  // Some shared disks do not know how large they are.
  if (room.blocks === 0 || left >= size) return;
  throw new UsageError(
    `${path} cannot be written: its disk has ${formatBytes(left)} left, and the copy takes ${formatBytes(size)}: make room`,
  );
}

function checkTarget(path: string, source: string, vault: Vault): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  if (!isOlderCopy(path, vault))
    throw new UsageError(
      `${path} is a vault that has counted or published what ${source} has not, so it stays: should it be the other way round? To replace it all the same, move it away first`,
    );
}

function isOlderCopy(path: string, vault: Vault): boolean {
  let other: Vault;
  try {
    other = Vault.open(path, 'read', randomBytes);
  } catch (error) {
    const isUnreadable = error instanceof VaultFault && error.kind !== 'damaged' && error.cause !== undefined;
    const why = isUnreadable ? `cannot be looked at (${error.message})` : 'is no vault';
    throw new UsageError(`${path} is there and ${why}, so it stays: name another file`, { cause: error });
  }
  try {
    return vault.mayFollow(other);
  } finally {
    other.close();
  }
}

function explained(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.name !== 'Error') return error;
  return new UsageError(`${path} cannot be written (${error.message}): check its folder`, { cause: error });
}
