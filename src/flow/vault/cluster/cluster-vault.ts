import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { makePrivateFile } from '../../../regular-file.ts';
import type { EpochSeconds } from '../../sightings/week.ts';
import type { KeptNames } from '../../tallies/naming.ts';
import { KEY_BYTES } from '../../tallies/tally-key.ts';
import type { RandomBytes } from '../networks.ts';
import { Vault } from '../vault.ts';
import { VaultFault } from '../vault-fault.ts';
import { readAddress } from './address.ts';
import { type Connection, connect } from './connection.ts';
import { contributionOf, type EpochKey, type HandedIn, KEY_WEEK } from './contribution.ts';
import {
  ABOUT,
  isDue,
  nameOf,
  publicationsBeside,
  qualityOf,
  type Reading,
  readFacts,
  type StateAbout,
} from './epochs.ts';
import { type Fact, Facts, MissingPieces, type NewFact } from './facts.ts';
import { foldInto, type NotCounted } from './fold.ts';
import { type PublishedFacts, publicationFact } from './publication-fact.ts';
import { type ShownTable, showTables } from './shown-tables.ts';
import { dropEpoch, haveTables, makeTables } from './tables.ts';

/** A vault in SQLite that says all that the one in ClickHouse says, for as long as it is read. */
export interface WorkingVault {
  vault: Vault;
  path: string;
  notCounted: readonly NotCounted[];
  /** That of the state which it was made from. */
  epoch: number;
  /** What it is made of, by name, as far as that is still there beside the state. */
  covers: Set<string>;
  /** How many facts the state does not have. */
  behind: number;
  /** As in a state. */
  contributions: number;
  publications: number;
}

/** Of a state: what a request holds and memory too. */
const PART_BYTES = 2 ** 26;
/** Each time an epoch has ended in between, which it does once a week. */
const MOST_TRIES = 4;
const ID_BYTES = 16;

export class ClusterVault {
  readonly #connection: Connection;
  readonly #facts: Facts;
  readonly #randomBytes: RandomBytes;

  private constructor(connection: Connection, randomBytes: RandomBytes) {
    this.#connection = connection;
    this.#facts = new Facts(connection);
    this.#randomBytes = randomBytes;
  }

  /** `write`: its tables are made if need be. Throws a VaultFault if it cannot be used. */
  static async open(
    address: string,
    password: string,
    access: 'read' | 'write',
    randomBytes: RandomBytes,
  ): Promise<ClusterVault> {
    const connection = await connect(readAddress(address), password);
    try {
      if (!(await haveTables(connection))) {
        if (access === 'read')
          throw new VaultFault(
            'unusable',
            'there is no vault at this address of ClickHouse: make one with "rollcall ingest"',
          );
        await makeTables(connection);
      }
      const vault = new ClusterVault(connection, randomBytes);
      if (access === 'write') await vault.#facts.found();
      return vault;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #read(): Promise<Reading> {
    return readFacts(await this.#facts.all());
  }

  /**
   * Hands in tallies and segments: they are in the vault when this is over, whoever else writes, and whoever was killed. What
   * of them counts is decided when the vault is read. Answers for each whether it was handed in before.
   */
  async handIn(logs: readonly HandedIn[]): Promise<boolean[]> {
    let reading = await this.#read();
    let isKnown: boolean[] | undefined;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const epoch = epochOf(reading);
      const sealing = await this.#keyOf(reading);
      const contributions = logs.map((log) => contributionOf(log, epoch, sealing, this.#randomBytes));
      const before = knownIn(reading);
      isKnown ??= contributions.map(before);
      await this.#facts.write(contributions.filter((fact) => !before(fact)));
      reading = await this.#read();
      // What was written into an epoch that has ended meanwhile may have been dropped with it.
      if (epochOf(reading) === epoch) return isKnown;
    }
    throw new VaultFault('busy', 'the vault in ClickHouse is settled again and again by other runs; try again later');
  }

  async #keyOf({ keys, keysOfEpoch: [known], state }: Reading): Promise<EpochKey> {
    if (known !== undefined) return { id: known, key: keys.get(known)! };
    const made = { id: this.#newId(), key: { week: KEY_WEEK, key: this.#randomBytes(KEY_BYTES) } };
    const about = { ...ABOUT, week: KEY_WEEK, key: Buffer.from(made.key.key).toString('hex') };
    await this.#facts.write([{ epoch: state?.epoch ?? 0, kind: 'key', id: made.id, about, bytes: new Uint8Array() }]);
    return made;
  }

  #newId(): string {
    return Buffer.from(this.#randomBytes(ID_BYTES)).toString('hex');
  }

  /** Whether a week is to be closed (P4), and nobody is at it. What a run that was killed has left to drop is dropped. */
  async isDue(now: EpochSeconds): Promise<boolean> {
    const facts = await this.#facts.all();
    const reading = readFacts(facts);
    if (reading.isSettling) return false;
    if (facts.some(({ epoch }) => epoch < epochOf(reading))) await this.#dropPast();
    return isDue(reading, now);
  }

  /** Makes the working vault at one of these paths, where nothing is. It is the caller's to close. */
  async fold(pathOf: (tries: number) => string, kept: (vault: Vault) => Promise<KeptNames>): Promise<WorkingVault> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#foldAt(pathOf(tries), kept);
      } catch (error) {
        // An epoch may have ended between the list and what is listed.
        if (!(error instanceof MissingPieces) || tries === MOST_TRIES || !(await this.#hasMoved())) throw error;
      }
    }
  }

  #epochSeen = 0;

  async #hasMoved(): Promise<boolean> {
    return epochOf(await this.#read()) !== this.#epochSeen;
  }

  async #foldAt(path: string, kept: (vault: Vault) => Promise<KeptNames>): Promise<WorkingVault> {
    const facts = await this.#facts.all();
    const reading = readFacts(facts);
    this.#epochSeen = epochOf(reading);
    const { state, contributions, publications } = reading;
    makePrivateFile(path, 'owner');
    if (state !== undefined) await this.#writeState(state.about, facts, path);
    const vault = Vault.open(path, 'write', this.#randomBytes);
    try {
      const notCounted = await foldInto(vault, this.#facts, reading, kept);
      const covers = new Set([...contributions, ...publications, ...coveredIn(facts, state?.about)].map(nameOf));
      return {
        vault,
        path,
        notCounted,
        epoch: this.#epochSeen,
        covers,
        behind: contributions.length + publications.length,
        contributions: (state?.about.contributions ?? 0) + contributions.length,
        publications: (state?.about.publications ?? 0) + publications.length,
      };
    } catch (error) {
      vault.close();
      throw error;
    }
  }

  async #writeState({ parts }: StateAbout, facts: readonly Fact[], path: string): Promise<void> {
    const byId = new Map(facts.filter(({ kind }) => kind === 'part').map((fact) => [fact.id, fact]));
    const found = parts.map((id) => byId.get(id));
    if (found.includes(undefined)) throw new MissingPieces();
    for await (const { bytes } of this.#facts.read(found as Fact[])) appendFileSync(path, bytes);
  }

  /**
   * Keeps what was published. Throws a VaultFault if another run has published, or ended the epoch, meanwhile: it must not be
   * shown then. The working vault has it too afterwards.
   */
  async recordPublication(working: WorkingVault, published: PublishedFacts): Promise<void> {
    const fact = publicationFact(published, working.epoch, this.#randomBytes);
    const isAlone = async () => {
      const facts = await this.#facts.all();
      const reading = readFacts(facts);
      const others = publicationsBeside(facts, published.distribution, working.covers);
      return epochOf(reading) === working.epoch && others.every(({ id }) => id === fact.id);
    };
    const meanwhile = new VaultFault('busy', 'another run has published from this vault in the meantime; run it again');
    if (!(await isAlone())) throw meanwhile;
    await this.#facts.write([fact]);
    // Of two that do this at once at least one sees the other, and is not shown.
    const kind = (await isAlone()) ? 'shown' : 'withdrawn';
    await this.#facts.write([{ epoch: fact.epoch, kind, id: fact.id, about: ABOUT, bytes: new Uint8Array() }]);
    if (kind === 'withdrawn') throw meanwhile;
    const { distribution, revisions, manifest, confirmed, views, state } = published;
    working.vault.recordPublication(distribution, revisions, manifest, confirmed, views, state);
    working.covers.add(nameOf(fact));
    working.publications++;
  }

  /** For those who ask in SQL: as `showTables`. */
  async show(distribution: string, publication: number, tables: readonly ShownTable[]): Promise<void> {
    await showTables(this.#connection, distribution, publication, tables);
  }

  /**
   * Ends the epoch: weeks that are over at `now` are closed, the working vault becomes the state, and what is in it is dropped
   * with its keys (P7). Answers false if something came meanwhile that must not be dropped yet.
   */
  async settle(working: WorkingVault, now: EpochSeconds): Promise<boolean> {
    const { vault, path, covers, contributions, publications } = working;
    // It brings all into the file, too.
    vault.closeWeeks(now);
    const epoch = working.epoch + 1;
    // Another run has done it.
    if (epochOf(await this.#read()) >= epoch) return await this.#dropPast();
    const parts = [];
    for (const bytes of partsOf(path)) {
      const part: NewFact = { epoch, kind: 'part', id: this.#newId(), bytes, about: ABOUT };
      await this.#facts.write([part]);
      parts.push(part.id);
    }
    const about: StateAbout = {
      ...ABOUT,
      parts,
      covers: [...covers].sort(),
      openWeeks: vault.openWeeks(),
      contributions,
      publications,
    };
    await this.#facts.write([{ epoch, kind: 'state', id: this.#newId(), bytes: new Uint8Array(), about }]);
    return await this.#dropPast();
  }

  /** Whether nothing was ever handed in. */
  async isEmpty(): Promise<boolean> {
    const { state, contributions, publications } = await this.#read();
    return state === undefined && contributions.length + publications.length === 0;
  }

  /** Begins with a vault that was in SQLite: a copy of one, that nobody writes to. */
  async fill(vault: Vault, path: string, now: EpochSeconds): Promise<void> {
    const none = { notCounted: [], epoch: 0, covers: new Set<string>(), behind: 0, contributions: 0, publications: 0 };
    await this.settle({ vault, path, ...none }, now);
  }

  /** Says to others that this run settles, so that they need not. */
  async announce(): Promise<void> {
    const reading = await this.#read();
    const about = { ...ABOUT, at: reading.readAt };
    const fact: NewFact = {
      epoch: epochOf(reading),
      kind: 'settling',
      id: this.#newId(),
      bytes: new Uint8Array(),
      about,
    };
    await this.#facts.write([fact]);
  }

  /** Epochs before that of the newest state in which nothing is that it has not. */
  async #dropPast(): Promise<boolean> {
    const facts = await this.#facts.all();
    const reading = readFacts(facts);
    const left = new Set([...reading.contributions, ...reading.publications].map(({ epoch }) => epoch));
    const past = new Set(facts.map(({ epoch }) => epoch).filter((epoch) => epoch < epochOf(reading)));
    for (const epoch of past) if (!left.has(epoch)) await dropEpoch(this.#connection, epoch);
    return ![...past].some((epoch) => left.has(epoch));
  }
}

function epochOf({ state }: Reading): number {
  return state?.epoch ?? 0;
}

function knownIn({ handedIn, covered }: Reading): (fact: NewFact) => boolean {
  return (fact) => covered.has(nameOf(fact)) || handedIn.has(qualityOf(fact));
}

/** What a state has and what is still there beside it: as long as that is not dropped, the next state must name it too. */
function coveredIn(facts: readonly Fact[], state: StateAbout | undefined): Fact[] {
  const covered = new Set(state?.covers);
  return facts.filter((fact) => covered.has(nameOf(fact)));
}

function* partsOf(path: string): Generator<Buffer> {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    for (let from = 0; from < size; from += PART_BYTES) {
      const part = Buffer.alloc(Math.min(PART_BYTES, size - from));
      readSync(fd, part, 0, part.length, from);
      yield part;
    }
  } finally {
    closeSync(fd);
  }
}
