import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { isClusterAddress } from '../flow/vault/cluster/address.ts';
import { Vault } from '../flow/vault/vault.ts';
import { VaultFault } from '../flow/vault/vault-fault.ts';
import { copyToFile } from './backup.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { connectTo, openVault, withVault } from './open-vault.ts';
import { withScratch } from './scratch.ts';
import type { SharingOptions } from './sharing.ts';
import type { Terminal } from './terminal.ts';

export interface CopyOptions extends SharingOptions {
  vault: string;
  to: string;
}

/** `rollcall copy`: a vault from SQLite into ClickHouse, or the other way, compared on both sides. */
export async function copy(options: CopyOptions, terminal: Terminal, now: EpochSeconds): Promise<ExitCode> {
  const { vault: from, to } = options;
  if (from === to || (existsSync(from) && existsSync(to) && realpathSync(from) === realpathSync(to)))
    throw new UsageError(`${to} is the vault itself: name another place`);
  const opened = await openVault(from, terminal);
  try {
    if (isClusterAddress(to)) await copyToCluster(opened.vault, to, terminal, now);
    else await copyToFile(to, { vault: opened.vault, name: from, size: statSync(opened.path).size }, options, terminal);
    const expected = opened.vault.digest();
    if ((await digestAt(to, terminal)) !== expected)
      throw new VaultFault(
        'busy',
        `${to} is not what ${from} is: one of them was written to meanwhile. Stop that, and copy into an empty place`,
      );
  } finally {
    await opened.close();
  }
  terminal.out.write(
    `${to} has all that ${from} has, compared on both sides. Its numbers are exact: keep it as you keep the vault.\n`,
  );
  return 0;
}

async function copyToCluster(vault: Vault, to: string, terminal: Terminal, now: EpochSeconds): Promise<void> {
  const cluster = await connectTo(to, 'write');
  try {
    if (!(await cluster.isEmpty())) {
      if ((await digestAt(to, terminal)) === vault.digest()) return;
      throw new UsageError(`${to} holds another vault already, so it stays: name an empty database`);
    }
    await withScratch('vault', async (scratch) => {
      const path = join(scratch, 'copy.sqlite');
      writeFileSync(path, '');
      await vault.copyTo(path, () => {});
      const whole = Vault.open(path, 'write', randomBytes);
      try {
        await cluster.fill(whole, path, now);
      } finally {
        whole.close();
      }
    });
  } finally {
    await cluster.close();
  }
}

function digestAt(place: string, terminal: Terminal): Promise<string> {
  return withVault(place, terminal, (vault) => vault.digest());
}
