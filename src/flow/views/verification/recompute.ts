import { DATA_PACKAGE } from '../files/data-package.ts';
import { madeWith } from '../files/made-with.ts';
import { PUBLICATION_FILE } from '../files/publication-file.ts';
import type { ManifestId, OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { explain, type Scope } from './explain.ts';
import { Formulas } from './formula.ts';
import type { Problem } from './problem.ts';
import { TableFault } from './published-rows.ts';
import { type BaseTables, misnamedFiles, readPublication, tablesInCsv, tablesInDatabases } from './read-publication.ts';
import { sumFaults } from './sum-faults.ts';
import type { PublishedFiles } from './verify-published.ts';

export interface Workshop {
  /** Makes all files of a publication but its manifests. */
  render: (publication: Publication) => Promise<readonly OutputFile[]>;
  /** A folder for files that are thrown away. */
  scratch: string;
}

export interface Recomputed {
  problems: readonly Problem[];
  /** `numbers`: another version of Rollcall has made it, so words and pictures were not compared. */
  scope: Scope;
}

/**
 * Makes everything that was published again, from the tables that were published, and compares. The tables are in CSV and
 * in SQLite: where the two differ, those are believed that agree with more of the other files.
 */
export async function recompute(files: PublishedFiles, id: ManifestId, workshop: Workshop): Promise<Recomputed> {
  const makers = makersIn(files);
  if (makers.size > 1) return { problems: problemsOf([MAKERS_DIFFER]), scope: 'numbers' };
  const misnamed = misnamedIn(files);
  const scope: Scope = makers.has(madeWith()) ? 'all' : 'numbers';
  const inCsv = await contradictions(files, id, scope, workshop, async () => tablesInCsv(files));
  if (inCsv.length + misnamed.length === 0) return { problems: [], scope };
  // The tables in SQLite would contradict one file at least: those in CSV.
  if (inCsv.length === 1) return { problems: problemsOf([...misnamed, ...inCsv]), scope };
  const inDatabases = await contradictions(files, id, scope, workshop, () =>
    tablesInDatabases(files, workshop.scratch),
  );
  const texts = [...misnamed, ...(inDatabases.length < inCsv.length ? inDatabases : inCsv)];
  return { problems: problemsOf(texts), scope };
}

function problemsOf(texts: readonly string[]): Problem[] {
  return texts.map((text) => ({ kind: 'contradiction', text }));
}

function misnamedIn(files: PublishedFiles): string[] {
  try {
    return misnamedFiles(files).map((path) => `${path}: ${DATA_PACKAGE} names other contents`);
  } catch (error) {
    if (error instanceof TableFault) return [error.message];
    throw error;
  }
}

const MAKERS_DIFFER = `${PUBLICATION_FILE}: names another maker than ${DATA_PACKAGE} does`;

/** What the publication says of what it was made with; it must say so once, since all that is compared depends on it. */
function makersIn(files: PublishedFiles): ReadonlySet<string> {
  const texts = [PUBLICATION_FILE, DATA_PACKAGE].map((path) => Buffer.from(files.get(path) ?? '').toString());
  return new Set(texts.map((text) => /"made_with": "([^"]*)"/.exec(text)?.[1] ?? ''));
}

async function contradictions(
  files: PublishedFiles,
  id: ManifestId,
  scope: Scope,
  { render, scratch }: Workshop,
  read: () => Promise<BaseTables>,
): Promise<string[]> {
  let publication: Publication;
  let tables: BaseTables;
  try {
    tables = await read();
    publication = readPublication(files, tables);
  } catch (error) {
    if (error instanceof TableFault) return [error.message];
    throw error;
  }
  const sums = sumFaults(publication);
  const rendered = await rendering(publication, render);
  if (typeof rendered === 'string') return [...sums, rendered];
  const means = { formulas: new Formulas(tables, publication.corrections), scratch };
  const texts: string[] = [...sums];
  const expected = new Map(rendered.map((file) => [file.path, file.showing?.(id) ?? file.bytes]));
  for (const [path, found] of files) {
    const own = expected.get(path);
    if (own !== undefined && Buffer.compare(own, found) === 0) continue;
    if (own === undefined && scope === 'all') {
      texts.push(`${path}: is no file that the tables give`);
      continue;
    }
    // Another version may have files of its own; its pages say themselves what their numbers are.
    const how = await explain({ path, found, expected: own ?? found }, scope, means);
    if (how !== undefined) texts.push(`${path}: ${how}`);
  }
  if (scope === 'all')
    texts.push(
      ...[...expected.keys()]
        .filter((path) => !files.has(path))
        .map((path) => `${path}: is not there, and the tables give it`),
    );
  return texts;
}

/** Whatever goes wrong here comes from the tables: what Rollcall publishes it can render. */
async function rendering(
  publication: Publication,
  render: Workshop['render'],
): Promise<readonly OutputFile[] | string> {
  try {
    return await render(publication);
  } catch (error) {
    return `data/: the tables do not fit together (${error instanceof Error ? error.message : 'for an unknown reason'})`;
  }
}
