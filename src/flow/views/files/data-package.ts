import { type OutputFile, sizeOf } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { weekOfPath } from './file-list.ts';
import { hashOf } from './hash.ts';
import { jsonFile } from './json-file.ts';
import { madeWith } from './made-with.ts';
import type { Column, Table } from './table.ts';

const FOLDER = 'data/';
export const DATA_PACKAGE = `${FOLDER}datapackage.json`;

/** A table and the file it is in. */
export interface TableFile {
  table: Table;
  file: OutputFile;
}

/**
 * `data/datapackage.json` (Frictionless Data Package): what each file of the folder holds, its columns, size and hash.
 * `others` are listed without columns. The schema that all files of totals share is a file of its own; those of single
 * weeks, of which there will be thousands, are told of in words.
 */
export function dataPackageFiles(
  publication: Publication,
  tables: readonly TableFile[],
  others: readonly OutputFile[],
): OutputFile[] {
  const totals = tables.find(({ table }) => table.name === 'totals')!;
  const listed = tables.filter(({ file }) => weekOfPath(file.path) === undefined);
  const schemaFile = jsonFile('data/totals-schema.json', schemaOf(totals.table));
  const resources = [
    ...listed.map((one) => ({
      ...resourceOf(one.file, one.table.name, one.table.title),
      profile: 'tabular-data-resource',
      encoding: 'utf-8',
      schema: isTotals(one.table) ? 'totals-schema.json' : schemaOf(one.table),
    })),
    ...others
      .filter(({ path }) => path.startsWith(FOLDER))
      .map((file) => resourceOf(file, file.path.slice(FOLDER.length), file.path.slice(FOLDER.length))),
  ];
  return [schemaFile, jsonFile(DATA_PACKAGE, { ...descriptionOf(publication), resources })];
}

function isTotals({ name }: Table): boolean {
  return name === 'totals' || name.startsWith('totals/');
}

function descriptionOf({ distribution, method, updated }: Publication): object {
  return {
    profile: 'data-package',
    name: `${distribution.id}-systems`,
    title: `${distribution.name} systems by week`,
    description:
      'Estimated numbers of systems, from the weekly check-ins of package managers. Columns are addressed by name; ' +
      'columns are only added; a new method begins a new series. The totals of one week are in a file such as ' +
      'totals/2026-W34.csv, with the columns of totals.csv.',
    homepage: distribution.siteUrl || distribution.homepage,
    version: method,
    made_with: madeWith(),
    created: updated,
    licenses: [{ name: distribution.licence }],
    sources: [{ title: `Mirrorlist requests of ${distribution.name}`, path: distribution.homepage }],
  };
}

function resourceOf(file: OutputFile, name: string, title: string): object {
  return {
    name: name.toLowerCase().replaceAll('/', '-'),
    title,
    path: file.path.slice(FOLDER.length),
    format: file.path.slice(file.path.lastIndexOf('.') + 1),
    mediatype: file.mediaType.split(';')[0],
    bytes: sizeOf(file),
    hash: `sha256:${hashOf(file)}`,
  };
}

function schemaOf({ columns, key }: Table): object {
  return { fields: columns.map(fieldOf), primaryKey: key, missingValues: [''] };
}

function fieldOf({ name, type, description, isOptional, minimum, maximum, pattern, values }: Column): object {
  const constraints = { required: isOptional !== true, minimum, maximum, pattern, enum: values };
  return { name, type, description, constraints };
}
