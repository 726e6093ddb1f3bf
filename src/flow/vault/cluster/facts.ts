import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { VaultFault } from '../vault-fault.ts';
import type { ClusterRow, Connection } from './connection.ts';
import { listed } from './sql.ts';

/**
 * A vault in ClickHouse is a heap of facts, which are added and, an epoch at once, dropped, but never changed: bytes, in
 * pieces, and one row that says what they are. That row is written last, and without it they are nothing: whoever is killed in
 * between leaves nothing that counts, and writes it once more.
 */
export interface Fact {
  epoch: number;
  kind: Kind;
  /** Of one kind and id any will do, if it is whole. */
  id: string;
  /** Of its bytes. */
  sha256: string;
  pieces: number;
  bytes: number;
  about: unknown;
  /** When it was read, by the clock of the server. */
  readAt: number;
}

/**
 * `contribution`: what a log brings. `publication`: what was published; `shown` when nobody else had published the same,
 * `withdrawn` otherwise. `state`: a vault, made of `part`s, in which all facts are that it lists; it begins an epoch. `key`:
 * what contributions are sealed with. `settling`: somebody is at it.
 */
export type Kind =
  | 'founding'
  | 'contribution'
  | 'publication'
  | 'shown'
  | 'withdrawn'
  | 'state'
  | 'part'
  | 'key'
  | 'settling';

export interface NewFact {
  epoch: number;
  kind: Kind;
  id: string;
  bytes: Uint8Array;
  about: unknown;
}

/** As text three quarters of it are bytes. Ten of them are what a server holds of a request at once. */
const PIECE_BYTES = 768 * 1024;
const REQUEST_PIECES = 10;
/** The rows of small facts stand in one request. */
const REQUEST_BYTES = PIECE_BYTES * REQUEST_PIECES;
/** What was written on another replica is here after milliseconds, or not until that one is back. */
const BEHIND_MILLISECONDS = [20, 50, 100, 200, 400, 800, 1_500, 3_000, 5_000, 10_000, 10_000];

export class Facts {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get #database(): string {
    return this.#connection.address.database;
  }

  /** A first fact: of a table to which nothing was ever written a server cannot say that it has all of it. */
  async found(): Promise<void> {
    const [rows] = await this.#connection.rows(`SELECT kind FROM ${this.#database}.fact LIMIT 1`);
    if (rows!.length > 0) return;
    await this.write([{ epoch: 0, kind: 'founding', id: '', bytes: new Uint8Array(), about: {} }]);
  }

  /** All facts that were written before this was asked, on whichever server. Throws a VaultFault if that cannot be known. */
  async all(): Promise<Fact[]> {
    const columns = 'epoch, kind, id, sha256, pieces, toUInt32(bytes) AS length, about';
    const facts = `SELECT DISTINCT ${columns}, toUInt32(now()) AS read_at FROM ${this.#database}.fact`;
    for (const wait of [...BEHIND_MILLISECONDS, undefined]) {
      const [replicas, rows] = await this.#connection.rows(this.#replicas(), facts);
      if (this.#isUpToDate(replicas!)) return rows!.map(factOf);
      if (wait !== undefined) await delay(wait);
    }
    throw new VaultFault(
      'unusable',
      'the vault in ClickHouse: the server that was asked lacks what was written on another one, so nothing was read. ' +
        'Start the replica that is down (or ZooKeeper), and run again',
    );
  }

  /** The server that is asked may not have yet what another has written; it knows from ZooKeeper that there is something. */
  #replicas(): string {
    return `SELECT is_session_expired AS lost, toUInt32(inserts_in_queue) AS waiting,
        toInt32(log_max_index + 1) - toInt32(log_pointer) AS behind
      FROM system.replicas WHERE database = '${this.#database}' AND table = 'fact'`;
  }

  #isUpToDate([row]: readonly ClusterRow[]): boolean {
    if (this.#connection.address.cluster === undefined) return true;
    return row !== undefined && ['lost', 'waiting', 'behind'].every((name) => Number(row[name]) <= 0);
  }

  /** All of them are there when this is over. To write them again changes nothing. */
  async write(facts: readonly NewFact[]): Promise<void> {
    const sealed = facts.map((fact) => ({ ...fact, sha256: sha256Of(fact.bytes) }));
    let waiting: ClusterRow[] = [];
    let bytes = 0;
    const flush = async () => {
      await this.#connection.insert(`${this.#database}.piece`, waiting);
      waiting = [];
      bytes = 0;
    };
    for (const fact of sealed) {
      for (const piece of piecesOf(fact)) {
        waiting.push(piece);
        bytes += piece.content.length;
        if (bytes >= REQUEST_BYTES) await flush();
      }
    }
    await flush();
    await this.#connection.insert(
      `${this.#database}.fact`,
      sealed.map(({ epoch, kind, id, sha256, bytes, about }) => {
        return { epoch, kind, id, sha256, pieces: piecesIn(bytes), bytes: bytes.length, about: JSON.stringify(about) };
      }),
    );
  }

  /** The bytes of each, those that fit one request together. Throws a VaultFault if some are not there. */
  async *read(facts: readonly Fact[]): AsyncGenerator<{ fact: Fact; bytes: Buffer }> {
    for (let from = 0; from < facts.length; ) {
      let until = from + 1;
      let bytes = facts[from]!.bytes;
      while (until < facts.length && bytes + facts[until]!.bytes < REQUEST_BYTES && until - from < MOST_AT_ONCE) {
        bytes += facts[until]!.bytes;
        until++;
      }
      const together = facts.slice(from, until);
      const found = await this.#bytesOf(together);
      for (const fact of together) yield { fact, bytes: found.get(fact.sha256)! };
      from = until;
    }
  }

  async #bytesOf(facts: readonly Fact[]): Promise<Map<string, Buffer>> {
    for (const wait of [...BEHIND_MILLISECONDS, undefined]) {
      const found = await this.#readPieces(facts);
      if (found !== undefined) return found;
      if (wait !== undefined) await delay(wait);
    }
    throw new MissingPieces();
  }

  /** Undefined if some are not there (yet). */
  async #readPieces(facts: readonly Fact[]): Promise<Map<string, Buffer> | undefined> {
    const pieces = new Map(facts.map(({ sha256 }) => [sha256, [] as string[]]));
    const most = Math.max(...facts.map((fact) => fact.pieces));
    for (let from = 0; from < most; from += REQUEST_PIECES) {
      const [rows] = await this.#connection.rows(
        `SELECT sha256, number, content FROM ${this.#database}.piece
         WHERE sha256 IN ${listed([...pieces.keys()])} AND number >= ${from} AND number < ${from + REQUEST_PIECES}`,
      );
      for (const row of rows!) pieces.get(String(row['sha256']))![Number(row['number'])] = String(row['content']);
    }
    const found = new Map<string, Buffer>();
    for (const { sha256, pieces: count } of facts) {
      const own = pieces.get(sha256)!;
      const isThere = own.length === count && !own.includes(undefined as never);
      if (!isThere) return undefined;
      const bytes = Buffer.concat(own.map((piece) => Buffer.from(piece, 'base64')));
      if (sha256Of(bytes) !== sha256)
        throw new VaultFault(
          'damaged',
          'the vault in ClickHouse is damaged: a piece of a fact is not as it was written. Nothing was changed',
        );
      found.set(sha256, bytes);
    }
    return found;
  }
}

/** So long a query is still short. */
const MOST_AT_ONCE = 200;

/** A replica that has them is down; or another run has dropped them, as a newer state holds them. */
export class MissingPieces extends VaultFault {
  constructor() {
    super(
      'unusable',
      'the vault in ClickHouse: a part of what was counted is on no server that answers, so nothing was read. ' +
        'Start the replica that is down, and run again; if it is lost for good, hand in the newest logs again',
    );
  }
}

function factOf(row: ClusterRow): Fact {
  return {
    epoch: Number(row['epoch']),
    kind: String(row['kind']) as Kind,
    id: String(row['id']),
    sha256: String(row['sha256']),
    pieces: Number(row['pieces']),
    bytes: Number(row['length']),
    about: JSON.parse(String(row['about'])),
    readAt: Number(row['read_at']),
  };
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function piecesIn(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / PIECE_BYTES);
}

function* piecesOf({ epoch, sha256, bytes }: NewFact & { sha256: string }) {
  for (let number = 0; number < piecesIn(bytes); number++) {
    const piece = bytes.subarray(number * PIECE_BYTES, (number + 1) * PIECE_BYTES);
    yield { epoch, sha256, number, content: Buffer.from(piece).toString('base64') };
  }
}
