/** A file of the publication, before it is written. */
export interface OutputFile {
  /** From the root of the site, with `/` between the parts: `data/systems.csv`. */
  path: string;
  bytes: Uint8Array;
  mediaType: string;
  /** Rows of data, without the header; undefined where that means nothing. */
  rows?: number;
}
