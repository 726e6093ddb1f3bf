import { createHash } from 'node:crypto';
import type { KnownMetadata } from '../catalogue.ts';
import { element, text, xmlDocument } from './xml.ts';

/**
 * A repository without packages. Systems that only want to be counted have no mirrors to be sent to: rpm-ostree throws
 * the answer away, but dnf wants a metalink that leads to a repository, and fails on the whole if it does not.
 */
const COMMON = 'http://linux.duke.edu/metadata/common';

const LISTS = {
  'repodata/primary.xml': xmlDocument(element('metadata', { xmlns: COMMON, packages: 0 })),
  'repodata/filelists.xml': xmlDocument(
    element('filelists', { xmlns: 'http://linux.duke.edu/metadata/filelists', packages: 0 }),
  ),
  'repodata/other.xml': xmlDocument(
    element('otherdata', { xmlns: 'http://linux.duke.edu/metadata/other', packages: 0 }),
  ),
};

const REPOMD = xmlDocument(
  element(
    'repomd',
    { xmlns: 'http://linux.duke.edu/metadata/repo' },
    element('revision', {}, text(0)),
    ...Object.entries(LISTS).map(([file, content]) => describe(file, content)),
  ),
);

/** By their path in the repository. */
export const EMPTY_REPOSITORY: ReadonlyMap<string, string> = new Map([
  ['repodata/repomd.xml', REPOMD],
  ...Object.entries(LISTS),
]);

/** It never changes, so it was always there. */
export const EMPTY_METADATA: KnownMetadata = {
  sha256: digest('sha256', REPOMD),
  sha512: digest('sha512', REPOMD),
  size: Buffer.byteLength(REPOMD),
  timestamp: 0,
  firstSeen: '1970-01-01T00:00:00Z',
};

function describe(file: string, content: string) {
  return element(
    'data',
    { type: /(\w+)\.xml$/.exec(file)![1] },
    element('checksum', { type: 'sha256' }, text(digest('sha256', content))),
    element('location', { href: file }),
    element('timestamp', {}, text(0)),
    element('size', {}, text(Buffer.byteLength(content))),
  );
}

function digest(algorithm: 'sha256' | 'sha512', content: string): string {
  return createHash(algorithm).update(content).digest('hex');
}
