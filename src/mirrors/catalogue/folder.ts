import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MOST_TEXT_BYTES, readRegularFile } from '../../regular-file.ts';
import type { CatalogueFiles } from './load.ts';

export interface CatalogueFolder extends CatalogueFiles {
  /** What its paths begin at. */
  folder: string;
}

/**
 * The catalogue that lies in a folder with `config.yml`, or in one file. Paths in findings begin at that folder, so that
 * nothing public tells where on the machine it is. Throws an Error if there is no such place.
 */
export function catalogueFiles(place: string): CatalogueFolder {
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === undefined) throw new Error(`${place}: there is no such folder or file`);
  const folder = isFolder ? place : dirname(place);
  return {
    folder,
    configuration: isFolder ? configurationIn(folder) : basename(place),
    read: (path) => readRegularFile(join(folder, path), MOST_TEXT_BYTES).toString('utf8'),
    list: (path) => readdirSync(join(folder, path)),
  };
}

const NAMES = ['config.yml', 'config.yaml'];

function configurationIn(folder: string): string {
  const name = NAMES.find((candidate) => existsSync(join(folder, candidate)));
  if (name === undefined)
    throw new Error(`${folder}: there is no ${NAMES[0]}; give the folder it lies in, or its path`);
  return name;
}
