import type { Publication } from '../publication/tables.ts';
import { TableFault } from './published-rows.ts';
import type { PublishedSource } from './published-source.ts';
import { readPublication, tablesInCsv } from './read-publication.ts';

const TABLES = ['systems', 'weeks', 'margins', 'countries', 'exclusions', 'epel', 'totals'].map(
  (name) => `${name}.csv`,
);
const DOCUMENTS = ['publication', 'annotations', 'corrections', 'aliases'].map((name) => `${name}.json`);
const LARGEST = 2 ** 30;

/** The tables of a publication, as they stand there, whether or not they are what its manifest says. Throws `TableFault`. */
export async function readTables(source: PublishedSource): Promise<Publication> {
  const paths = [...TABLES, ...DOCUMENTS].map((name) => `data/${name}`);
  const files = new Map<string, Uint8Array>();
  for (const path of paths) {
    const bytes = await source.read(path, LARGEST);
    if (bytes !== undefined) files.set(path, bytes);
  }
  if (files.size === 0) throw new TableFault('data: expected the files of a publication, found none of them');
  return readPublication(files, tablesInCsv(files));
}
