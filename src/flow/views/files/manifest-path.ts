export const MANIFEST = 'manifest.json';

/** `manifests/000012.json`: where the manifest with this number stays when others have come. */
export function historyPath(number: number): string {
  return `manifests/${String(number).padStart(6, '0')}.json`;
}

/** The list of the files that are of no year, and of the lists of those that are. */
export const FILE_LIST = 'manifests/files.json';

export function yearListPath(year: string): string {
  return `manifests/files-${year}.json`;
}
