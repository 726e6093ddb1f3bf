export const VERSION = '0.1.0';

/** Beside the published tables, all that the bytes of the files depend on. SQLite writes databases, CLDR's data words. */
export function madeWith(): string {
  return `rollcall ${VERSION}, sqlite ${process.versions.sqlite}, cldr ${process.versions['cldr']}`;
}
