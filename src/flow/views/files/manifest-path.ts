export const MANIFEST = 'manifest.json';

/** `manifests/000012.json`: where the manifest with this number stays when others have come. */
export function historyPath(number: number): string {
  return `manifests/${String(number).padStart(6, '0')}.json`;
}
