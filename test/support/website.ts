import { sha256 } from '../../src/flow/views/files/hash.ts';
import { renderFiles } from '../../src/flow/views/files/render-files.ts';
import type { OutputFile } from '../../src/flow/views/publication/output-file.ts';
import type { Publication } from '../../src/flow/views/publication/tables.ts';
import { buildWebsite, type Website } from '../../src/flow/website/website.ts';
import { loadTerritories } from '../../src/geo/territories.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface BuiltSite {
  website: Website;
  /** Pages by their path, such as `ja/versions/index.html`. */
  pages: ReadonlyMap<string, string>;
  /** The paths of all files that a server would have: of the site, its pictures and the data. */
  paths: ReadonlySet<string>;
}

/** The site of a publication. `data`: its data files, which the data page lists. */
export function buildSite(publication: Publication, data: readonly OutputFile[] = []): BuiltSite {
  const files = data.map(({ path, bytes, rows }) => ({ path, bytes: bytes.length, sha256: sha256(bytes), rows }));
  const assets = { stylesheet: 'body{}', script: '' };
  const website = buildWebsite(publication, { files, isKept: () => false, territories: loadTerritories(), assets });
  const text = new TextDecoder();
  const pages = website.files.filter(({ path }) => path.endsWith('.html'));
  const pictures = website.charts.flatMap(({ path, alsoAt, language }) =>
    [path, ...alsoAt].flatMap((at) => (language === 'en' ? [`${at}.svg`, `${at}.png`] : [`${at}.svg`])),
  );
  return {
    website,
    pages: new Map(pages.map(({ path, bytes }) => [path, text.decode(bytes)])),
    paths: new Set([...website.files, ...data].map(({ path }) => path).concat(pictures)),
  };
}

export function dataFilesOf(publication: Publication): Promise<OutputFile[]> {
  return renderFiles(publication, temporaryFolder());
}
