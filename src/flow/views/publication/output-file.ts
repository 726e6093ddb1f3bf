/** By what a reader remembers a publication: the number of its manifest, and the SHA-256 of the manifest's text. */
export interface ManifestId {
  number: number;
  sha256: string;
}

/** A file of the publication, before it is written. */
export interface OutputFile {
  /** From the root of the site, with `/` between the parts: `data/systems.csv`. */
  path: string;
  bytes: Uint8Array;
  mediaType: string;
  /** Rows of data, without the header; undefined where that means nothing. */
  rows?: number;
  /**
   * Only of a file that shows the manifest it belongs to: its bytes with that shown. The manifest names the SHA-256 of the
   * file, so that hash is taken while the file shows `NO_HASH` in the place of the manifest's own.
   */
  showing?: (manifest: ManifestId) => Uint8Array;
  /** Only of a file that the last publication has too: `bytes` are read from there where somebody asks for them. */
  stored?: StoredBytes;
}

export interface StoredBytes {
  /** Absolute. */
  at: string;
  size: number;
  sha256: string;
}

/** In bytes. */
export function sizeOf(file: OutputFile): number {
  return file.stored === undefined ? file.bytes.length : file.stored.size;
}

/** As long as a hash, so that a file has as many bytes with the one as with the other. */
export const NO_HASH = '0'.repeat(64);

/** What such a file shows before its manifest is made. */
export const NO_MANIFEST: ManifestId = { number: 0, sha256: NO_HASH };

export function fileShowing(
  about: Pick<OutputFile, 'path' | 'mediaType' | 'rows'>,
  showing: (manifest: ManifestId) => Uint8Array,
): OutputFile {
  return { ...about, bytes: showing(NO_MANIFEST), showing };
}
