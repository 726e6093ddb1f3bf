import type { OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { jsonFile } from './json-file.ts';
import { preamble } from './latest.ts';

/** `data/aliases.json`: whoever counts the same logs again needs the same names. */
export function aliasesFile(publication: Publication): OutputFile {
  const { version, entries } = publication.aliases;
  const aliases = entries.map(({ field, is, means, since }) => ({ field, is, means, since: since ?? null }));
  return jsonFile('data/aliases.json', { ...preamble(publication), version, aliases }, 'indented', aliases.length);
}
