import type { OutputFile } from '../publication/output-file.ts';

export const JSON_TYPE = 'application/json';

/** Small documents are made to be read by people too; long lists are not. */
type Layout = 'indented' | 'compact';

/** Keys stand in the order in which the code writes them, so equal values are equal bytes. */
export function jsonFile(path: string, value: object, layout: Layout = 'indented', rows?: number): OutputFile {
  const bytes = Buffer.from(`${JSON.stringify(value, null, layout === 'indented' ? 2 : 0)}\n`);
  const file: OutputFile = { path, bytes, mediaType: JSON_TYPE };
  return rows === undefined ? file : { ...file, rows };
}
