import { type Dirent, globSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { fileFault, specialFileFault } from './file-fault.ts';
import { LogFault } from './log-fault.ts';
import { openablePath, pathText, printablePath } from './path-text.ts';

/** `path` is absolute; where its bytes are not UTF-8, `openablePath` gives what can be opened. `name` is for people. */
export type Discovered =
  | { kind: 'file'; path: string; name: string }
  | { kind: 'stdin'; name: 'standard input' }
  | { kind: 'fault'; name: string; fault: LogFault };

const PATTERN = /[*?[{]/;
type Look = Stats | LogFault | undefined;
const HIDDEN = '.'.charCodeAt(0);
/** What Node puts into an argument in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\uFFFD';

/**
 * The logs that the arguments of a command name, in their order: files, folders with all they hold, patterns, and
 * `-` for standard input. Nothing is opened, so a named pipe cannot block. A file that is named twice is listed twice.
 */
export function discover(args: readonly string[], cwd = process.cwd()): Discovered[] {
  const found: Discovered[] = [];
  for (const arg of args) {
    if (arg === '-') addStandardInput(found);
    else addArgument(found, arg, cwd);
  }
  return found;
}

function addStandardInput(found: Discovered[]): void {
  const name = 'standard input';
  const fault = new LogFault('refused', 'it can be read only once; name - once');
  found.push(found.some(({ kind }) => kind === 'stdin') ? { kind: 'fault', name, fault } : { kind: 'stdin', name });
}

function addArgument(found: Discovered[], arg: string, cwd: string): void {
  const path = resolve(cwd, arg);
  const stats = arg === '' ? undefined : look(path);
  if (stats) {
    const before = found.length;
    addPath(found, path, arg, stats, []);
    if (found.length === before) found.push(faulty(arg, new LogFault('refused', 'the folder holds no log files')));
    return;
  }
  const matches = arg === '' ? [] : [...withLostBytes(path), ...globbed(arg, cwd)];
  for (const match of matches) addPath(found, match, isAbsolute(arg) ? match : relative(cwd, match), look(match), []);
  if (matches.length === 0) found.push(faulty(arg, notFound(arg)));
}

function addPath(found: Discovered[], path: string, shown: string, stats: Look, above: readonly string[]): void {
  if (stats && 'isDirectory' in stats && stats.isDirectory()) addFolder(found, path, shown, above);
  else found.push(listed(path, shown, stats));
}

function addFolder(found: Discovered[], path: string, shown: string, above: readonly string[]): void {
  const folder = openFolder(path);
  if (folder instanceof LogFault) {
    found.push(faulty(shown, folder));
    return;
  }
  // A link to a folder above leads only to files that are listed anyway.
  if (above.includes(folder.identity)) return;
  const base = shown.endsWith('/') ? shown : `${shown}/`;
  for (const entry of folder.entries) {
    const text = pathText(entry.name);
    const inside = resolve(path, text);
    // The folder says what most of its entries are, which saves one call for each of 100,000 files.
    if (entry.isFile()) found.push({ kind: 'file', path: inside, name: printablePath(base + text) });
    else addPath(found, inside, base + text, look(inside), [...above, folder.identity]);
  }
}

function openFolder(path: string): { identity: string; entries: Dirent<Buffer>[] } | LogFault {
  try {
    const { dev, ino } = statSync(openablePath(path), { bigint: true });
    const entries = readdirSync(openablePath(path), { encoding: 'buffer', withFileTypes: true });
    const visible = entries.filter(({ name }) => name[0] !== HIDDEN);
    return { identity: `${dev}:${ino}`, entries: visible.sort((a, b) => Buffer.compare(a.name, b.name)) };
  } catch (error) {
    return fileFault(error);
  }
}

function listed(path: string, shown: string, stats: Look): Discovered {
  if (stats === undefined) return faulty(shown, notFound(shown));
  const fault = stats instanceof LogFault ? stats : specialFileFault(stats);
  return fault ? faulty(shown, fault) : { kind: 'file', path, name: printablePath(shown) };
}

function faulty(shown: string, fault: LogFault): Discovered {
  return { kind: 'fault', name: printablePath(shown), fault };
}

/** What stands at a path, links followed; undefined if nothing does. */
function look(path: string): Look {
  try {
    const stats = statSync(openablePath(path), { throwIfNoEntry: false });
    if (stats) return stats;
    const link = lstatSync(openablePath(path), { throwIfNoEntry: false });
    return link && new LogFault('refused', 'a symbolic link to a file that does not exist; repair or remove the link');
  } catch (error) {
    return fileFault(error);
  }
}

function notFound(arg: string): LogFault {
  return new LogFault(
    'refused',
    PATTERN.test(arg) ? 'no file matches this pattern; check it' : 'there is no such file or folder; check the path',
  );
}

function globbed(pattern: string, cwd: string): string[] {
  if (!PATTERN.test(pattern)) return [];
  // Node's own globbing also finds pipes and broken links, which must be refused and not left out in silence.
  const matches = globSync(pattern, { cwd }).map((match) => resolve(cwd, match));
  const existing = matches.sort().flatMap((match) => (look(match) ? [match] : withLostBytes(match)));
  return [...new Set(existing)];
}

/** The existing paths that read like this one after a decoding in which bytes were lost. */
function withLostBytes(path: string): string[] {
  if (!path.includes(REPLACEMENT)) return [];
  return path
    .split('/')
    .slice(1)
    .reduce((folders, part) => folders.flatMap((folder) => entriesLike(folder, part)), ['/']);
}

function entriesLike(folder: string, part: string): string[] {
  if (!part.includes(REPLACEMENT)) return [resolve(folder, part)];
  try {
    const names = readdirSync(openablePath(folder), { encoding: 'buffer' });
    return names.filter((name) => name.toString() === part).map((name) => resolve(folder, pathText(name)));
  } catch {
    return [];
  }
}
