import {
  areDaysInRow,
  isBelowYear,
  isDate,
  isYear,
  looseStamp,
  withoutDates,
  withoutUnixTime,
} from './date-in-name.ts';
import { printablePath } from './path-text.ts';
import { isSegmentName } from './spool-mark.ts';

const COMPRESSION_SUFFIXES = /(?:\.(?:gz|gzip|zst|zstd|xz|bz2|bzip2))+$/i;
const ENDING = '\\.(?:log|json|ndjson|jsonl|csv|tsv|txt)';
/** What is named for being a log, and not for a server: a number behind it is that of a rotation. */
const LOG_WORD = '(?:^|[^a-z])(?:access|error|requests?|logs?|transfer)';

/** The number of a rotation. In a dotted row of numbers it is a part of an address or a version instead. */
const ROTATION_AT_END = new RegExp(
  `(?:(?<!(?:^|\\.)\\d{1,3})\\.\\d{1,4}|(?<=[._]log|${LOG_WORD})[-_]\\d{1,3}|(?<=[._]log)(?:[-_.](?:\\d{1,4}[kmg]b?|current|(?:old|bak|orig|prev|save)\\d{0,3})|\\.\\d{1,2}\\.[1-7])|\\.~\\d{1,4}~)$`,
  'i',
);
const NUMBER_BEFORE_ENDING = new RegExp(`^(.*?)([-_.])(?:\\d{1,3}|\\d{1,4}[kmg]b?)(${ENDING})$`, 'i');
const ROTATION_BEHIND_ENDING = new RegExp(`(${ENDING})\\.\\d{1,3}$`, 'i');
const AFTER_LOG_WORD = new RegExp(`${LOG_WORD}$`, 'i');
const ADDRESS_AT_END = /(?:^|\D)(?:\d{1,3}\.){2}\d{1,3}$/;

/** IIS: `u_ex261117.log`, with hours `u_ex26111714.log`, by weeks `u_ex2611w3.log`, by size `u_extend12.log`. */
const IIS = /^((?:u_)?(?:(?:ex|in|nc)(?=\d{4})|(?:ex|in|nc)tend))(?:\d{4}w\d|\d{1,8})(?=(?:_x)?\.log$)/i;
/** A container as Kubernetes names its log, which is new after each start. */
const CONTAINER = /(?<=.)-[0-9a-f]{64}(?=\.log)/;
const POD_FOLDER = /_[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/;
/** Hours in folders of days, as clouds name them: `22.log`, `22:00:00_22:59:59_S0.json`. */
const HOURS = new RegExp(`^(?:\\d\\d(?:\\d\\d)?|\\d\\d:\\d\\d:\\d\\d_\\d\\d:\\d\\d:\\d\\d_.*)(?:${ENDING})?$`);
/** As multilog, svlogd and s6-log name what is full; what is not is `current`. */
const TAI = /^[@_]4[0-9a-f]{15}(?:[0-9a-f]{8})?(?:\.[stu])?$/;
/** As rsnapshot names what it has copied. */
const SNAPSHOT_FOLDER = /^(?:hourly|daily|weekly|monthly|yearly)\.\d{1,3}$/;
/** What a browser makes of a name that is there, or a date. */
const IN_BRACKETS = /[-_. ]?[[(]([^[\]()]+)[\])]/g;
/** Of a table that a job wrote in parts. */
const PART = /^part-\d{4,}(?:[-.].*)?$/;
/** Year, month, day and hour. */
const DATE_FOLDERS = 4;

/** So many of one kind beside each other are days, months or years, and not as many servers. */
const FEWEST_STAMPS = 3;
const ENDING_AT_END = new RegExp(`(?:${ENDING}|/)$`, 'i');
const MONTH_WORD = '(?:jan|feb|mar|apr|may|ju[nl]|aug|sep|oct|nov|dec)[a-z]{0,6}';
const LAST_WORD = new RegExp(
  `^(?:(.+?)([-_.]))??([a-z]{3,9}|\\d{4,8}|\\d\\d([-_.])\\d\\d\\4\\d\\d|\\d\\d[-_]\\d\\d|(?:w(?:k|eek)?|[kc]w)[-_]?\\d\\d|${MONTH_WORD}[-_.]?\\d\\d|\\d\\d[-_.]?${MONTH_WORD})$`,
  'i',
);
const OCTET_AT_END = /(?:^|[-_.]|ip)(?:0|[1-9]\d{0,2})$/i;

/**
 * The source that each of these logs belongs to (G6): its path without what changes when logs are rotated, which is the
 * compression suffix, the number of the rotation, and dates in the name or as folders. What may be that or the name of a
 * server, as in `mirror.1.log`, is told by the logs beside it. Segments of a spool belong to their folder.
 */
export function sourcesOf(absolutePaths: readonly string[]): (absolutePath: string) => string {
  const beside = new Beside(absolutePaths);
  // Of 100,000 logs most have a folder, and a name, that others have too.
  const undated = remembered(withoutStamps);
  const undatedFolder = remembered((folder) => withoutDateFolders(folder, beside));
  return (path) => {
    const at = path.lastIndexOf('/') + 1;
    const name = path.slice(at).replace(COMPRESSION_SUFFIXES, '');
    if (isSegmentName(name)) return printablePath(path.slice(0, Math.max(at - 1, 0))) || '/';
    const { kept, depth } = undatedFolder(path.slice(0, at));
    const parts = [...kept];
    const folder = path.slice(0, at);
    if (!isTimeOnly(name, depth) && !beside.isLiveOfTai(folder, name) && !beside.isStampAlone(folder, name))
      parts.push(fileLabel(withoutDay(name, depth), folder, beside, undated));
    return printablePath(withoutPod(parts).join('/')) || '/';
  };
}

function remembered<Result>(work: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = work(text);
    known.set(text, result);
    return result;
  };
}

/** What stands in the folder of a log, and in the folders above. */
class Beside {
  readonly #names = new Set<string>();
  readonly #taiFolders = new Set<string>();
  readonly #stamps = new Map<string, Set<string>>();
  readonly #areStamps = remembered((key) => {
    const texts = this.#stamps.get(key) ?? new Set();
    return texts.size >= FEWEST_STAMPS && (!key.endsWith(ROW) || areDaysInRow(texts));
  });

  constructor(paths: readonly string[]) {
    const folders = new Set<string>();
    for (const path of paths) {
      const packed = path.replace(COMPRESSION_SUFFIXES, '');
      this.#names.add(packed);
      const at = packed.lastIndexOf('/') + 1;
      this.#add(packed.slice(0, at), packed.slice(at).replace(ROTATION_BEHIND_ENDING, '$1'));
      for (let end = at - 1; end > 0 && !folders.has(packed.slice(0, end)); end = packed.lastIndexOf('/', end - 1)) {
        folders.add(packed.slice(0, end));
        const start = packed.lastIndexOf('/', end - 1) + 1;
        const name = packed.slice(start, end);
        if (stamped(name)?.stem === '') this.#add(packed.slice(0, start), `${name}/`);
      }
    }
  }

  /** `current` beside what was it before. */
  isLiveOfTai(folder: string, name: string): boolean {
    return name === 'current' && this.#taiFolders.has(folder);
  }

  #add(folder: string, name: string): void {
    if (TAI.test(name)) this.#taiFolders.add(folder);
    const found = stamped(name);
    if (found?.key === undefined) return;
    const key = `${folder}\0${found.key}`;
    this.#stamps.set(key, (this.#stamps.get(key) ?? new Set()).add(found.text));
  }

  has(folder: string, name: string): boolean {
    return this.#names.has(folder + name);
  }

  isStamp(folder: string, key: string): boolean {
    return this.#areStamps(`${folder}\0${key}`);
  }

  /** `Mon.log` or, with a slash at its end, the folder `Mon/` beside those of two other days. */
  isStampAlone(folder: string, name: string): boolean {
    const found = stamped(name);
    return found?.stem === '' && found.isToldAlone && found.key !== undefined && this.isStamp(folder, found.key);
  }
}

function fileLabel(name: string, folder: string, beside: Beside, undated: (name: string) => string): string {
  const rotated = withoutNumber(undated(name), folder, beside);
  const rest = withoutLooseStamp(rotated, folder, beside);
  if (rest === '') return name;
  // The number stands behind the date in one style of rotation and before it in another.
  return rest === name ? name : fileLabel(rest, folder, beside, undated);
}

/** What no log beside it is needed for. */
function withoutStamps(name: string): string {
  const bare = name.replace(CONTAINER, '').replace(IIS, '$1').replace(COMPRESSION_SUFFIXES, '');
  const open = bare.replace(IN_BRACKETS, (whole, inside: string) => (isCopyOrDate(inside) ? '' : whole));
  return withoutUnixTime(withoutDates(open)).replace(ROTATION_AT_END, '');
}

function isCopyOrDate(text: string): boolean {
  return /^\d{1,3}$/.test(text) || isDate(text);
}

/** `access.1.log`, and `mirror.1.log` beside `mirror.log`; `mirror.1.log` and `mirror.2.log` alone are two servers. */
function withoutNumber(name: string, folder: string, beside: Beside): string {
  const found = NUMBER_BEFORE_ENDING.exec(name);
  if (found === null) return name;
  const [, stem = '', separator, ending = ''] = found;
  const isRotation =
    AFTER_LOG_WORD.test(stem) ||
    (separator === '.' && beside.has(folder, stem + ending) && !ADDRESS_AT_END.test(name.slice(0, -ending.length)));
  return isRotation ? stem + ending : name;
}

interface Stamped {
  /** Undefined where others beside it say nothing. */
  key: string | undefined;
  text: string;
  stem: string;
  rest: string;
  mayBeDate: boolean;
  /** Servers are named April, May and June, and customers numbered like years. */
  isToldAlone: boolean;
}

const ROW = '\0row';

function stamped(name: string): Stamped | undefined {
  const ending = ENDING_AT_END.exec(name)?.[0] ?? '';
  const [, stem = '', separator, text = '', between] = LAST_WORD.exec(name.slice(0, name.length - ending.length)) ?? [];
  const stamp = looseStamp(text);
  if (stamp === undefined) return undefined;
  // The last three numbers of an address.
  if (between !== undefined && between === separator && OCTET_AT_END.test(stem)) return undefined;
  const key = `${stamp.kind}\0${stem}\0${ending}${stamp.toldBy === 'row' ? ROW : ''}`;
  return {
    key: stamp.toldBy === 'nothing' ? undefined : key,
    text: text.toLowerCase(),
    stem,
    rest: stem + ending,
    mayBeDate: stamp.mayBeDate,
    isToldAlone: stamp.kind === 'weekday' || stamp.toldBy === 'row',
  };
}

/** `access-Mon.log`, and `web-Mon.log` beside those of two other days. */
function withoutLooseStamp(name: string, folder: string, beside: Beside): string {
  const found = stamped(name);
  if (found === undefined || found.stem === '') return name;
  const { key, stem, rest, mayBeDate } = found;
  const isStamp = (mayBeDate && AFTER_LOG_WORD.test(stem)) || (key !== undefined && beside.isStamp(folder, key));
  return isStamp ? rest : name;
}

interface UndatedFolder {
  kept: string[];
  /** How many folders at its end are parts of a date. */
  depth: number;
}

/** `folder` ends with a slash. */
function withoutDateFolders(folder: string, beside: Beside): UndatedFolder {
  const kept: string[] = [];
  let depth = 0;
  let above = '';
  for (const part of folder.split('/').slice(0, -1)) {
    const isStamp = beside.isStampAlone(above, `${part}/`);
    above += `${part}/`;
    if (isYear(part)) depth = 1;
    else if (depth > 0 && depth < DATE_FOLDERS && isBelowYear(part)) depth += 1;
    else if (isDate(part)) depth = Math.max(depth, 1);
    else if (SNAPSHOT_FOLDER.test(part)) continue;
    else if (!isStamp) {
      const below = withoutDay(part, depth);
      kept.push(withoutDates(below) || below);
      depth = 0;
    }
  }
  return { kept, depth };
}

/** A day or hour before a name, in folders of years and months. An address is not one. */
function withoutDay(name: string, depth: number): string {
  return depth > 1 ? name.replace(/^\d\d[._-](?=.)(?!(?:\d{1,3}\.){2}\d)/, '') : name;
}

/** A file that is named for its time, and so belongs to its folder. */
function isTimeOnly(name: string, depth: number): boolean {
  if (depth > 0 && depth < DATE_FOLDERS && isBelowYear(name)) return true;
  return isDate(name) || TAI.test(name) || PART.test(name) || (depth > 1 && HOURS.test(name));
}

/** Kubernetes keeps `namespace_pod_id/container/0.log`: the id is new for each pod, the number for each start. */
function withoutPod(parts: readonly string[]): string[] {
  const [pod = '', container = '', name = ''] = parts.slice(-3);
  if (!POD_FOLDER.test(pod) || !/^\d+\.log/.test(name)) return [...parts];
  return [...parts.slice(0, -3), pod.replace(POD_FOLDER, ''), container];
}
