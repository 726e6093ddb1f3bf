/** Of what jumps are measured: an os name, a version, an edition. */
export function sizeKey({ os, version, edition }: Record<'os' | 'version' | 'edition', string>): string {
  return `${os} ${version} ${edition}`;
}
