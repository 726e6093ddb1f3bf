import type { KnownMetadata } from '../catalogue.ts';
import { comment, element, text, type Xml, xmlDocument } from './xml.ts';

/** Where a mirror has a repository: its base address, with what stands for it in the document. */
export interface MetalinkUrl {
  /** With or without a slash at its end. */
  url: string;
  country: string | undefined;
}

export const METALINK_TYPE = 'application/metalink+xml; charset=utf-8';

const SUFFIX = 'repodata/repomd.xml';
/** How long metadata may still be used after newer was published. */
const ALTERNATE_SECONDS = 3 * 86_400;
const MOST_PREFERRED = 100;

/**
 * The document that dnf checks repomd.xml by. `truth` is newest first; without any, dnf takes the list and fetches
 * repomd.xml unchecked, as it does by a mirrorlist. `now` is in seconds.
 */
export function metalinkDocument(
  urls: readonly MetalinkUrl[],
  truth: readonly KnownMetadata[],
  isEmergency: boolean,
  now: number,
): string {
  const [newest, ...older] = truth;
  const resources = element('resources', { maxconnections: 1 }, ...urls.map(urlElement));
  const checked = newest === undefined ? [UNCHECKED] : [metadataElements(newest)];
  const alternates = isEmergency ? [] : validAlternates(truth, now).map((index) => older[index - 1]!);
  const file = element('file', { name: 'repomd.xml' }, ...checked, alternatesElement(alternates), resources);
  return wrapped(element('files', {}, file), now);
}

const UNCHECKED = comment('the checksum of this repository is not known yet');

/** A document without any file, which clients take for an error. */
export function emptyMetalink(why: string, now: number): string {
  return wrapped(comment(why), now);
}

/**
 * Places in the history that are still good: those that were replaced less than three days ago, however old they were
 * then. Mirrors have had no chance yet to fetch what replaced them.
 */
export function validAlternates(truth: readonly KnownMetadata[], now: number): number[] {
  return truth
    .map((_, index) => index)
    .slice(1)
    .filter((index) => now - Date.parse(truth[index - 1]!.firstSeen) / 1000 < ALTERNATE_SECONDS);
}

function wrapped(content: Xml, now: number): string {
  const attributes = {
    version: '3.0',
    xmlns: 'http://www.metalinker.org/',
    type: 'dynamic',
    pubdate: new Date(now * 1000).toUTCString(),
    generator: 'rollcall',
    'xmlns:mm0': 'http://fedorahosted.org/mirrormanager',
  };
  return xmlDocument(element('metalink', attributes, content));
}

/** dnf compares hashes letter by letter, so they are in small letters. */
function metadataElements({ sha256, sha512, size, timestamp }: KnownMetadata): Xml {
  const hashes = [
    element('hash', { type: 'sha256' }, text(sha256.toLowerCase())),
    element('hash', { type: 'sha512' }, text(sha512.toLowerCase())),
  ];
  return [
    element('mm0:timestamp', {}, text(timestamp)),
    element('size', {}, text(size)),
    element('verification', {}, ...hashes),
  ].join('') as Xml;
}

function alternatesElement(alternates: readonly KnownMetadata[]): Xml | undefined {
  if (alternates.length === 0) return undefined;
  const each = alternates.map((metadata) => element('mm0:alternate', {}, metadataElements(metadata)));
  return element('mm0:alternates', {}, ...each);
}

/** dnf goes by the order alone; `preference` is for others. */
function urlElement({ url, country }: MetalinkUrl, index: number): Xml {
  const protocol = url.startsWith('https:') ? 'https' : 'http';
  const attributes = { protocol, type: protocol, location: country || undefined, preference: MOST_PREFERRED - index };
  return element('url', attributes, text(`${url.replace(/\/$/, '')}/${SUFFIX}`));
}
