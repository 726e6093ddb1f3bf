const PART = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Whether a path stays inside its folder on every system: plain parts, no leading dots, 200 bytes at most (F04). */
export function isSafePath(path: string): boolean {
  return path.length <= 200 && path.split('/').every((part) => PART.test(part) && !part.endsWith('.'));
}
