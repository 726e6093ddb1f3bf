import { printablePath } from './path-text.ts';
import { isSegmentName } from './spool-mark.ts';

const COMPRESSION_SUFFIXES = /(?:\.(?:gz|zst|xz|bz2))+$/i;

const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12]\\d|3[01])';
const HOUR = '(?:[01]\\d|2[0-3])';
const TIME = `(?:[-_.T]?${HOUR}(?:[-_.:]?[0-5]\\d){0,2}(?:Z|[-+]\\d{4})?)`;
const DAY_DATE = `(?:19|20)\\d\\d([-_.]?)${MONTH}\\1${DAY}${TIME}?`;
const MONTH_DATE = `(?:19|20)\\d\\d[-_.]?(?:${MONTH}|W[0-5]\\d)`;
/** Apache's rotatelogs ends names with the Unix time unless told otherwise. */
const UNIX_TIME = '[12]\\d{9}';
const DATE = `(?:${DAY_DATE}|${MONTH_DATE}|${UNIX_TIME})`;

const ONLY_DATE = new RegExp(`^(?:(?:date|dt|day|month)=)?${DATE}$`);
const DATE_AT_START = new RegExp(`^${DATE}[._-]`);
const DATES_INSIDE = new RegExp(`[._-]${DATE}(?=[._-]|$)`, 'g');
/** The number of a rotation. In a dotted row of numbers it is a part of an address or a version instead. */
const ROTATION_AT_END = /(?<!(?:^|\.)\d{1,3})(?:\.\d{1,4}|(?<=[._]log)-\d{1,3})$/;
const ROTATION_BEFORE_LOG = /(?<!(?:^|\.)\d{1,3})\.\d{1,3}(?=\.log$)/;

const YEAR = /^(?:year=|y=)?(?:19|20)\d\d$/;
const BELOW_YEAR = /^(?:(?:month|day|hour|m|d|h)=)?(?:\d\d|W\d\d)$/;
/** Year, month, day and hour. */
const DATE_FOLDERS = 4;

/**
 * The source that a log belongs to (G6): its path without what changes when logs are rotated, which is the
 * compression suffix, the number of the rotation, and dates in the name or as folders. Segments of a spool belong to
 * their folder.
 */
export function sourceLabel(absolutePath: string): string {
  const parts = absolutePath.split('/');
  const last = parts.length - 1;
  parts[last] = parts[last]!.replace(COMPRESSION_SUFFIXES, '');
  if (isSegmentName(parts[last]!)) return printablePath(parts.slice(0, last).join('/')) || '/';
  const kept = withoutDateFolders(parts);
  if (kept.length > 1 || kept[0] !== '') kept.push(fileLabel(kept.pop()!));
  return printablePath(kept.join('/')) || '/';
}

function fileLabel(name: string): string {
  const undated = name.replace(ROTATION_AT_END, '').replace(DATE_AT_START, '').replace(DATES_INSIDE, '');
  // The number stands behind the date in one style of rotation and before it in another.
  return undated.replace(ROTATION_AT_END, '').replace(ROTATION_BEFORE_LOG, '') || name;
}

function withoutDateFolders(parts: readonly string[]): string[] {
  const kept: string[] = [];
  let depth = 0;
  for (const part of parts) {
    if (YEAR.test(part)) depth = 1;
    else if (depth > 0 && depth < DATE_FOLDERS && BELOW_YEAR.test(part)) depth += 1;
    else {
      kept.push(depth > 1 ? part.replace(/^\d\d[._-](?=.)/, '') : part);
      depth = 0;
      if (ONLY_DATE.test(part)) kept.pop();
    }
  }
  return kept;
}
