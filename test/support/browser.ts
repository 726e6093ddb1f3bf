import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { renderPublication } from '../../src/commands/render-publication.ts';
import { type ServedFolder, serveFolder } from '../../src/commands/serve-folder.ts';
import type { Publication } from '../../src/flow/views/publication/tables.ts';
import { loadTerritories } from '../../src/geo/territories.ts';
import { temporaryFolder } from './temporary-folder.ts';

const CHROMIUM = '/usr/bin/chromium';

/** For a test's `skip`. Where it must not be skipped, it fails for want of the browser. */
export const skipWithoutBrowser =
  existsSync(CHROMIUM) || process.env['CI'] ? false : `no ${CHROMIUM}: apt-get install chromium`;

/** The system's Chromium, which asks nobody but the pages it is told to open. */
export function launchBrowser(): Promise<Browser> {
  const quiet = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'].map((name) => `--disable-${name}`);
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--no-first-run', ...quiet] });
}

export interface SampleSite extends ServedFolder {
  /** All paths of pages, from the root: ``, `versions/`, `ja/`, ... */
  pages: string[];
}

/** Writes a publication's files into a folder, and serves it on this machine. */
export async function serveSite(publication: Publication, folder: string): Promise<SampleSite> {
  const files = await renderPublication(publication, loadTerritories(), temporaryFolder());
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const served = await serveFolder(folder);
  const pages = files.map(({ path }) => path).filter((path) => path.endsWith('index.html'));
  return { ...served, pages: pages.map((path) => path.replace(/index\.html$/, '')) };
}
