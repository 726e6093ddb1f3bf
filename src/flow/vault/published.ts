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
  };
  for (const [table, columns] of Object.entries(tables)) {
    for (const row of database.each(`SELECT ${columns} FROM ${table}`)) checked(table, row);
  }
}
