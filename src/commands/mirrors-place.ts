import { type CatalogueFolder, catalogueFiles } from '../mirrors/catalogue/folder.ts';
import { UsageError } from './exit-code.ts';

/** The files of a mirrors folder, or of a plain configuration. Throws a UsageError that says what is missing. */
export function filesAt(place: string): CatalogueFolder {
  try {
    return catalogueFiles(place);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
