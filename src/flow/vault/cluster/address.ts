import { VaultFault } from '../vault-fault.ts';

/** Where a vault in ClickHouse is: `clickhouse://user@host:8123,other:8123/database?cluster=name&tls=yes`. */
export interface ClusterAddress {
  /** Servers that are asked in this order until one answers. */
  hosts: readonly { host: string; port: number }[];
  user: string;
  database: string;
  /** As the servers' configuration calls them together; undefined of a server that stands alone. */
  cluster: string | undefined;
  isEncrypted: boolean;
}

const SCHEME = 'clickhouse://';
const FORM = /^clickhouse:\/\/(?:([^@/?]*)@)?([^@/?]+)\/([^/?]+)(?:\?(.*))?$/;
const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;
/** What ClickHouse takes without quotes; a name with others would have to be escaped in SQL, paths and macros. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const USER = /^[A-Za-z0-9_.-]{1,64}$/;
const PORT = 8123;
const ENCRYPTED_PORT = 8443;
const LAST_PORT = 65_535;

export function isClusterAddress(vault: string): boolean {
  return vault.startsWith(SCHEME);
}

/** Throws a VaultFault that shows no password. */
export function readAddress(text: string): ClusterAddress {
  const [, user = 'default', hosts, database, options = ''] = FORM.exec(text) ?? [];
  if (user.includes(':'))
    throw bad(
      'a password in it would be read by everybody who lists processes: give it in ROLLCALL_CLICKHOUSE_PASSWORD',
    );
  if (hosts === undefined || database === undefined)
    throw bad('expected clickhouse://USER@HOST:8123/DATABASE, with ?cluster=NAME if servers stand together');
  if (!USER.test(user)) throw bad('the name of the user may have letters, digits, "_", "." and "-"');
  if (!NAME.test(database)) throw bad('the name of the database may have letters, digits and "_"');
  const { cluster, tls, ...others } = Object.fromEntries(new URLSearchParams(options));
  const [other] = Object.keys(others);
  if (other !== undefined) throw bad('behind the "?" there may be cluster=NAME and tls=yes, and nothing else');
  if (cluster !== undefined && !NAME.test(cluster))
    throw bad('the name of the cluster may have letters, digits and "_"');
  if (tls !== undefined && tls !== 'yes' && tls !== 'no') throw bad('tls is "yes" or "no"');
  const isEncrypted = tls === 'yes';
  const standard = isEncrypted ? ENCRYPTED_PORT : PORT;
  return { hosts: hosts.split(',').map((host) => readHost(host, standard)), user, database, cluster, isEncrypted };
}

function readHost(text: string, standard: number): { host: string; port: number } {
  const [, host, port] = HOST.exec(text) ?? [];
  if (host === undefined || Number(port ?? standard) > LAST_PORT)
    throw bad('expected servers such as db1.example.org:8123, separated by commas');
  return { host, port: Number(port ?? standard) };
}

function bad(what: string): VaultFault {
  return new VaultFault('unusable', `--vault clickhouse://...: ${what}`);
}
