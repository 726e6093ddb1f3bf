import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtFile } from '../built-files.ts';
import { hashOf } from '../flow/views/files/hash.ts';
import { NOTHING_KEPT } from '../flow/views/files/kept-files.ts';
import { renderFiles } from '../flow/views/files/render-files.ts';
import { type ManifestId, type OutputFile, sizeOf } from '../flow/views/publication/output-file.ts';
import type { Publication } from '../flow/views/publication/tables.ts';
import { type Recomputed, recompute } from '../flow/views/verification/recompute.ts';
import type { PublishedFiles } from '../flow/views/verification/verify-published.ts';
import { drawPictures } from '../flow/website/pictures.ts';
import { buildWebsite } from '../flow/website/website.ts';
import { loadTerritories, type Territories } from '../geo/territories.ts';

/** Data files, pages and pictures: all files of a publication but the manifests. */
export async function renderPublication(
  publication: Publication,
  territories: Territories,
  kept = NOTHING_KEPT,
): Promise<OutputFile[]> {
  return await withScratch(async (scratch) => {
    const data = await renderFiles(publication, scratch, kept);
    const files = data.map((file) => {
      const { path, rows, showing } = file;
      return { path, bytes: sizeOf(file), sha256: showing === undefined ? hashOf(file) : undefined, rows };
    });
    const website = buildWebsite(publication, { files, territories, isKept: kept.has, assets: loadAssets() });
    const made = [...data, ...website.files, ...(await drawPictures(website, publication, territories))];
    const paths = new Set(made.map(({ path }) => path));
    return [...made, ...kept.all.filter(({ path }) => !paths.has(path))];
  });
}

/** What was published, made again from its own tables and compared. */
export async function recomputePublication(
  files: PublishedFiles,
  id: ManifestId,
  render: typeof renderPublication,
): Promise<Recomputed> {
  const territories = loadTerritories();
  const workshop = { render: (publication: Publication) => render(publication, territories) };
  return await withScratch((scratch) => recompute(files, id, { ...workshop, scratch }));
}

const SCRATCH = 'rollcall-publish-';
/** No run takes as long. */
const LEFT_BEHIND_MILLISECONDS = 86_400_000;

/** What killed runs have left in the folder for temporary files, where it would stay until the machine starts anew. */
export function sweepScratch(own: string): void {
  const { mtimeMs: now, uid } = statSync(own);
  for (const name of readdirSync(dirname(own)).filter((each) => each.startsWith(SCRATCH))) {
    const path = join(dirname(own), name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() && found.uid === uid && found.mtimeMs < now - LEFT_BEHIND_MILLISECONDS)
      rmSync(path, { recursive: true, force: true });
  }
}

async function withScratch<Result>(work: (scratch: string) => Promise<Result>): Promise<Result> {
  const scratch = mkdtempSync(join(tmpdir(), SCRATCH));
  sweepScratch(scratch);
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The stylesheet and the script of the site, which are built with the project. */
function loadAssets(): { stylesheet: string; script: string } {
  const read = (name: string) => readFileSync(builtFile(name), 'utf8');
  return { stylesheet: read('site.css'), script: read('site.js') };
}
