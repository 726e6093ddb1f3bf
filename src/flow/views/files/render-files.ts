import type { OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { aliasesFile } from './aliases.ts';
import { type ApiTables, apiFiles } from './api.ts';
import { badgeFiles } from './badges.ts';
import { countriesTable, epelTable, exclusionsTable, marginsTable, systemsTable } from './base-tables.ts';
import { csvFile } from './csv.ts';
import { dataPackageFiles } from './data-package.ts';
import { databaseFiles } from './databases.ts';
import { eventFiles } from './events.ts';
import { feedFile } from './feed.ts';
import { NOTHING_KEPT } from './kept-files.ts';
import { latestFiles } from './latest.ts';
import { openApiFile } from './openapi.ts';
import { parquetFile } from './parquet.ts';
import { publicationFile } from './publication-file.ts';
import { isSafePath } from './safe-path.ts';
import type { Table } from './table.ts';
import { totalsFiles } from './totals-tables.ts';
import { weeksTable } from './weeks-table.ts';

/**
 * All files of the publication but pages, pictures and the manifest, in no order that matters. The same publication gives
 * the same bytes, whatever is kept of the last one. `scratch`: an existing folder for SQLite's work. Throws `CellError` for a text that must not be published.
 */
export async function renderFiles(
  publication: Publication,
  scratch: string,
  kept = NOTHING_KEPT,
): Promise<OutputFile[]> {
  const tables = publishedTables(publication);
  const api: ApiTables = {
    weeks: tables.weeks,
    systems: tables.systems,
    margins: tables.margins,
    countries: tables.countries,
    exclusions: tables.exclusions,
  };
  const base = Object.values(tables);
  const totals = totalsFiles(publication, kept);
  const inCsv = [...base.map((table) => ({ table, file: csvFile(table) })), ...totals];
  const others = [
    parquetFile(tables.systems),
    ...(await databaseFiles(publication, base, totals[0]!.file.rows!, scratch, kept)),
    ...eventFiles(publication),
    aliasesFile(publication),
    publicationFile(publication),
    ...latestFiles(publication, tables.weeks),
    ...apiFiles(publication, api, kept),
    openApiFile(publication, api),
    ...badgeFiles(publication),
    feedFile(publication),
  ];
  const files = [...inCsv.map(({ file }) => file), ...others, ...dataPackageFiles(publication, inCsv, others)];
  return files.map(withSafePath);
}

interface PublishedTables extends ApiTables {
  epel?: Table;
}

function publishedTables(publication: Publication): PublishedTables {
  return {
    systems: systemsTable(publication),
    weeks: weeksTable(publication),
    margins: marginsTable(publication),
    countries: countriesTable(publication),
    // An empty table would look as if nobody used EPEL.
    ...(publication.epel.length === 0 ? {} : { epel: epelTable(publication) }),
    exclusions: exclusionsTable(publication),
  };
}

function withSafePath(file: OutputFile): OutputFile {
  if (isSafePath(file.path)) return file;
  throw new RangeError(`a file of the publication has a name that is not safe: expected plain letters, digits, ._-`);
}
