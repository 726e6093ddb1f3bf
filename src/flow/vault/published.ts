import { crc32 } from 'node:zlib';
import type { Week } from '../sightings/week.ts';
import { checked, type Database, sealed } from './database.ts';

/** What was published of a week, as bytes that the stage behind the vault packs and reads. Never changed, only followed. */
export interface WeekRevision {
  week: Week;
  /** 1, 2, ... */
  revision: number;
  content: Uint8Array;
}

/** All that was ever published of a distribution: by week, then by revision. */
export function readRevisions(database: Database, distribution: string): WeekRevision[] {
  return database
    .all(
      'SELECT distribution, week, revision, content, checksum FROM published_week WHERE distribution = ? ORDER BY week, revision',
      distribution,
    )
    .map((stored) => {
      const row = checked('published_week', stored);
      return {
        week: Number(row['week']) as Week,
        revision: Number(row['revision']),
        content: row['content'] as Uint8Array,
      };
    });
}

/** Which revisions there are of a distribution: by week, then by revision. */
export function readRevisionNumbers(database: Database, distribution: string): Omit<WeekRevision, 'content'>[] {
  return database
    .all('SELECT week, revision FROM published_week WHERE distribution = ? ORDER BY week, revision', distribution)
    .map((row) => ({ week: Number(row['week']) as Week, revision: Number(row['revision']) }));
}

export function readContent(database: Database, distribution: string, week: Week, revision: number): Uint8Array {
  const stored = database.get(
    'SELECT distribution, week, revision, content, checksum FROM published_week WHERE distribution = ? AND week = ? AND revision = ?',
    distribution,
    week,
    revision,
  );
  if (stored === undefined) throw new RangeError(`revision ${revision} of week ${week}: expected it in the vault`);
  return checked('published_week', stored)['content'] as Uint8Array;
}

/** What the stage behind the vault has made of a revision, lest it be made again. Nothing is lost with it. */
export interface RevisionView {
  week: Week;
  revision: number;
  view: Uint8Array;
}

/** Those that are whole. */
export function readViews(database: Database, distribution: string): RevisionView[] {
  return database
    .all('SELECT week, revision, view FROM published_view WHERE distribution = ? ORDER BY week, revision', distribution)
    .flatMap((row) => {
      const sealedView = row['view'] as Uint8Array;
      const view = sealedView.subarray(0, -CRC_BYTES);
      const isWhole = sealedView.length > CRC_BYTES && crc32(view) === crcAtEnd(sealedView);
      return isWhole ? [{ week: Number(row['week']) as Week, revision: Number(row['revision']), view }] : [];
    });
}

/** As a checksum in a column of its own, of which the packed bytes would first have to be made text. */
const CRC_BYTES = 4;

function crcAtEnd(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.length - CRC_BYTES, true);
}

export function writeView(database: Database, distribution: string, { week, revision, view }: RevisionView): void {
  const sealedView = new Uint8Array(view.length + CRC_BYTES);
  sealedView.set(view);
  new DataView(sealedView.buffer).setUint32(view.length, crc32(view), true);
  database.run(
    'INSERT OR REPLACE INTO published_view (distribution, week, revision, view) VALUES (?, ?, ?, ?)',
    distribution,
    week,
    revision,
    sealedView,
  );
}

/** The distributions of which something was published. */
export function readDistributions(database: Database): string[] {
  return database
    .all('SELECT DISTINCT distribution FROM published_week ORDER BY distribution')
    .map((row) => String(row['distribution']));
}

export function writeRevision(
  database: Database,
  distribution: string,
  { week, revision, content }: WeekRevision,
): void {
  database.run(
    'INSERT INTO published_week (distribution, week, revision, content, checksum) VALUES (?, ?, ?, ?, ?)',
    ...sealed(distribution, week, revision, content),
  );
}

/** Whether one of these revisions, or a manifest of this number, is there already. */
export function isPublished(
  database: Database,
  distribution: string,
  revisions: readonly Pick<WeekRevision, 'week' | 'revision'>[],
  number: number | undefined,
): boolean {
  const hasRevision = 'SELECT 1 FROM published_week WHERE distribution = ? AND week = ? AND revision = ?';
  const hasManifest = 'SELECT 1 FROM publication WHERE distribution = ? AND number = ?';
  return (
    revisions.some(({ week, revision }) => database.get(hasRevision, distribution, week, revision) !== undefined) ||
    (number !== undefined && database.get(hasManifest, distribution, number) !== undefined)
  );
}

/** The manifests of a distribution's publications, the first one first. */
export function readManifests(database: Database, distribution: string): string[] {
  return database
    .all(
      'SELECT distribution, number, manifest, checksum FROM publication WHERE distribution = ? ORDER BY number',
      distribution,
    )
    .map((stored) => String(checked('publication', stored)['manifest']));
}

export function writeManifest(database: Database, distribution: string, number: number, manifest: string): void {
  database.run(
    'INSERT INTO publication (distribution, number, manifest, checksum) VALUES (?, ?, ?, ?)',
    ...sealed(distribution, number, manifest),
  );
}

export interface NumberedManifest {
  number: number;
  text: string;
}

/** Undefined: there is none of this number, or none at all. */
export function readManifest(
  database: Database,
  distribution: string,
  number: number | 'last',
): NumberedManifest | undefined {
  const columns = 'SELECT distribution, number, manifest, checksum FROM publication WHERE distribution = ?';
  const stored =
    number === 'last'
      ? database.get(`${columns} ORDER BY number DESC LIMIT 1`, distribution)
      : database.get(`${columns} AND number = ?`, distribution, number);
  const row = stored && checked('publication', stored);
  return row && { number: Number(row['number']), text: String(row['manifest']) };
}

/** All that the last publication was made of, as text of the stage behind the vault. */
export interface PublicationState {
  number: number;
  madeOf: string;
}

export function readState(database: Database, distribution: string): PublicationState | undefined {
  const columns = 'SELECT distribution, number, made_of, checksum FROM publication_state WHERE distribution = ?';
  const stored = database.get(columns, distribution);
  const row = stored && checked('publication_state', stored);
  return row && { number: Number(row['number']), madeOf: String(row['made_of']) };
}

export function writeState(database: Database, distribution: string, { number, madeOf }: PublicationState): void {
  database.run(
    'INSERT OR REPLACE INTO publication_state (distribution, number, made_of, checksum) VALUES (?, ?, ?, ?)',
    ...sealed(distribution, number, madeOf),
  );
}

/** The weeks that the operator has confirmed although they looked implausible. */
export function readConfirmed(database: Database, distribution: string): Set<Week> {
  const rows = database.all(
    'SELECT distribution, week, checksum FROM confirmed_week WHERE distribution = ?',
    distribution,
  );
  return new Set(rows.map((stored) => Number(checked('confirmed_week', stored)['week']) as Week));
}

export function writeConfirmed(database: Database, distribution: string, week: Week): void {
  database.run(
    'INSERT OR REPLACE INTO confirmed_week (distribution, week, checksum) VALUES (?, ?, ?)',
    ...sealed(distribution, week),
  );
}

/** Reads every row, so that a changed one is found. */
export function verifyPublished(database: Database): void {
  const tables = {
    published_week: 'distribution, week, revision, content, checksum',
    publication: 'distribution, number, manifest, checksum',
    confirmed_week: 'distribution, week, checksum',
    publication_state: 'distribution, number, made_of, checksum',
  };
  for (const [table, columns] of Object.entries(tables)) {
    for (const row of database.each(`SELECT ${columns} FROM ${table}`)) checked(table, row);
  }
}
