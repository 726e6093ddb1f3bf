import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { isClusterAddress } from '../flow/vault/cluster/address.ts';
import type { ClusterVault, WorkingVault } from '../flow/vault/cluster/cluster-vault.ts';
import type { NotCounted } from '../flow/vault/cluster/fold.ts';
import type { ShownTable } from '../flow/vault/cluster/shown-tables.ts';
import { Vault } from '../flow/vault/vault.ts';
import { UsageError } from './exit-code.ts';
import { plural, type Terminal } from './terminal.ts';

/** A vault, wherever it is, as it was when it was opened. */
export interface OpenedVault {
  vault: Vault;
  /** Its file. */
  path: string;
  /** Where the vault is a copy of what others write to: what is published must be kept there. */
  shared: Shared | undefined;
  close(): Promise<void>;
}

export interface Shared {
  recordPublication(...published: Parameters<Vault['recordPublication']>): Promise<void>;
  /** What was published, as tables in SQL. */
  show(distribution: string, publication: number, tables: readonly ShownTable[]): Promise<void>;
  /** Ends the epoch if that is worth the while. Weeks are closed by those who ingest (P4). */
  settle(): Promise<void>;
}

/** Opens a vault to read it, and to keep what is published of it. Throws a VaultFault if it cannot be used. */
export async function openVault(place: string, terminal: Pick<Terminal, 'err'>): Promise<OpenedVault> {
  if (isClusterAddress(place)) {
    const { cluster, working, close } = await openCluster(place, 'read', terminal);
    return {
      vault: working.vault,
      path: working.path,
      shared: {
        recordPublication: (distribution, revisions, manifest, confirmed = [], views = [], state) =>
          cluster.recordPublication(working, { distribution, revisions, manifest, confirmed, views, state }),
        show: (...shown) => cluster.show(...shown),
        settle: async () => {
          if (working.behind >= WORTH_SETTLING) await cluster.settle(working, LONG_AGO);
        },
      },
      close,
    };
  }
  const vault = Vault.open(place, 'read', randomBytes);
  return {
    vault,
    path: place,
    shared: undefined,
    close: async () => vault.close(),
  };
}

export async function withVault<Result>(
  place: string,
  terminal: Pick<Terminal, 'err'>,
  work: (vault: Vault, opened: OpenedVault) => Result | Promise<Result>,
): Promise<Result> {
  const opened = await openVault(place, terminal);
  try {
    return await work(opened.vault, opened);
  } finally {
    await opened.close();
  }
}

const LONG_AGO = 0 as EpochSeconds;
/** To count so many logs again takes as long as to write a state. */
const WORTH_SETTLING = 200;

interface OpenedCluster {
  cluster: ClusterVault;
  working: WorkingVault;
  close(): Promise<void>;
}

/** All that is in a cluster, as a vault in a folder of its own among the temporary files. */
export async function openCluster(
  place: string,
  access: 'read' | 'write',
  terminal: Pick<Terminal, 'err'>,
): Promise<OpenedCluster> {
  const cluster = await connectTo(place, access);
  const { scratchFolder } = await import('./scratch.ts');
  const { namesKeptFor } = await import('./kept-names.ts');
  const scratch = scratchFolder('vault');
  try {
    const pathOf = (tries: number) => join(scratch.folder, `${tries}.sqlite`);
    const working = await cluster.fold(pathOf, async (vault) => namesKeptFor(vault));
    terminal.err.write(describeNotCounted(working.notCounted));
    const close = async () => {
      working.vault.close();
      scratch.remove();
      await cluster.close();
    };
    return { cluster, working, close };
  } catch (error) {
    scratch.remove();
    await cluster.close();
    throw error;
  }
}

export async function connectTo(place: string, access: 'read' | 'write'): Promise<ClusterVault> {
  const { ClusterVault } = await import('../flow/vault/cluster/cluster-vault.ts');
  const { clickhousePassword } = await import('./clickhouse-password.ts');
  return ClusterVault.open(place, clickhousePassword(), access, randomBytes);
}

/** Closes what is to be closed of a cluster, unless another run is at it (P4). */
export async function settleIfDue(place: string, terminal: Pick<Terminal, 'err'>, now: EpochSeconds): Promise<void> {
  const cluster = await connectTo(place, 'write');
  try {
    if (!(await cluster.isDue(now))) return;
    await cluster.announce();
  } finally {
    await cluster.close();
  }
  const opened = await openCluster(place, 'write', terminal);
  try {
    await opened.cluster.settle(opened.working, now);
  } finally {
    await opened.close();
  }
}

/** Throws a UsageError for what is done in SQLite only. */
export function requireFile(place: string, what: string, instead: string): void {
  if (isClusterAddress(place)) throw new UsageError(`${what} works on a vault in SQLite only: ${instead}`);
}

const MOST_NAMED = 20;

function describeNotCounted(logs: readonly NotCounted[]): string {
  if (logs.length === 0) return '';
  const named = logs.slice(0, MOST_NAMED).map(({ name, reason }) => `    ${name}: ${reason}\n`);
  const more = logs.length > MOST_NAMED ? `    and ${logs.length - MOST_NAMED} more\n` : '';
  return `rollcall: handed in, and NOT counted: ${plural(logs.length, 'log')}\n${named.join('')}${more}`;
}
