import { COMBINED, formatAdvice, KNOWN_FORMATS } from './format.ts';
import { WRAPPERS, wrappedFormat } from './formats/wrapped.ts';
import { shapeOf } from './line-shape.ts';
import type { Fit, LineFormat, LogFormat } from './log-format.ts';
import { isTime, LOG_TIME } from './time-notation.ts';

const LINES_LOOKED_AT = 1000;
const LF = 0x0a;
const BYTE_ORDER_MARK = '\xef\xbb\xbf';
const ENOUGH_LINES = 100;
const SHARE_THAT_FITS = 0.95;
/** A container's log of what a syslog daemon wrote; deeper nobody wraps. */
const DEEPEST = 2;

/** The format of a log by the lines at its start (L9); undefined if no known format fits. */
export function recogniseFormat(start: Uint8Array): LogFormat | undefined {
  const lines = sampleLines(start);
  const records = lines.filter(isRecord).length;
  if (records === 0) return COMBINED;
  const found = recognise(lines, records * SHARE_THAT_FITS, DEEPEST) ?? recogniseMixed(lines) ?? recogniseMarked(lines);
  if (found !== undefined || records >= ENOUGH_LINES) return found;
  // A live log's first line may still be being written.
  if (!start.includes(LF)) return COMBINED;
  // Of so few lines a stranger's junk may be many: whatever fits one of them is better than nothing.
  return recognise(lines, 1, DEEPEST);
}

/** Why a log was not recognised, with the shape of a line but nothing of what it says (P1). */
export function unknownFormat(start: Uint8Array): string {
  const lines = sampleLines(start);
  const line = lines.find(isRecord) ?? '';
  return (
    `format unknown: fewer than 95 of 100 lines at its start fit a known format. ${nearestFormat(lines)}` +
    `They look like this, with a for words and 9 for numbers: ${shapeOf(line)}. If it is an access log, declare it with ` +
    `--format: ${formatAdvice()}`
  );
}

/** The format that most lines fit, if at least half do. */
function nearestFormat(lines: readonly string[]): string {
  const records = lines.filter(isRecord).length;
  const unwrapped = WRAPPERS.map((wrapper) => {
    const opener = wrapper.start();
    const texts = lines.filter(isRecord).map((line) => opener.open(line));
    return { prefix: `${wrapper.name}:`, texts: texts.flatMap((line) => (line.kind === 'line' ? [line.text] : [])) };
  });
  let most = records / 2;
  let nearest = '';
  for (const { prefix, texts } of [{ prefix: '', texts: lines }, ...unwrapped]) {
    if (texts.length < most) continue;
    for (const format of KNOWN_FORMATS) {
      const fits = texts.filter(isRecord).length - misfitsAmong(texts, format).length;
      if (fits < most || (fits === most && nearest !== '')) continue;
      most = fits;
      const name = `${prefix}${format.name}`;
      nearest = `${fits} of ${records} lines are ${name}: to read it as that, give --format ${name}. `;
    }
  }
  return nearest;
}

/** What is asked of a line that fits: of the user that he holds no spaces, and of the time that it can be read. */
interface Demands {
  user: boolean;
  time: boolean;
}

/**
 * The first format that enough lines fit. Users with spaces fit only where no format does without them: `vhost:80 - - - [`
 * would be a user `- -` of combined. If it is only the times that cannot be read, the log is read all the same, and its
 * lines are rejected for their time.
 */
function recognise(lines: readonly string[], enough: number, depth: number): LogFormat | undefined {
  const find = (demands: Demands) => KNOWN_FORMATS.find((format) => fitting(lines, format, enough, demands));
  return (
    find({ user: true, time: true }) ??
    find({ user: false, time: true }) ??
    recogniseWrapped(lines, enough, depth) ??
    find({ user: false, time: false })
  );
}

function recogniseWrapped(lines: readonly string[], enough: number, depth: number): LogFormat | undefined {
  if (depth === 0) return undefined;
  for (const wrapper of WRAPPERS) {
    const opener = wrapper.start();
    const opened = lines.filter(isRecord).map((line) => opener.open(line));
    if (opened.filter(({ kind }) => kind !== 'misfit').length < enough) continue;
    const inner = opened.flatMap((line) => (line.kind === 'line' ? [line.text] : []));
    const records = inner.filter(isRecord).length;
    if (records === 0) continue;
    const format = recognise(inner, enough === 1 ? 1 : records * SHARE_THAT_FITS, depth - 1);
    if (format !== undefined) return wrappedFormat(wrapper, format);
  }
  return undefined;
}

/**
 * The format of a container's log that holds more than accesses: each stream is looked at by itself. What the entry
 * point said at each start may stand between the accesses, as long as none of it would be read (L3).
 */
function recogniseMixed(lines: readonly string[]): LogFormat | undefined {
  const records = lines.filter(isRecord);
  for (const wrapper of WRAPPERS) {
    const opener = wrapper.start();
    const opened = records.map((line) => opener.open(line));
    if (opened.filter(({ kind }) => kind !== 'misfit').length < records.length * SHARE_THAT_FITS) continue;
    for (const name of ['stdout', 'stderr']) {
      const texts = opened.flatMap((line) => (line.kind === 'line' && line.stream === name ? [line.text] : []));
      const format = recogniseAmong(texts);
      if (format !== undefined) return wrappedFormat(wrapper, format);
    }
  }
  return undefined;
}

/**
 * The format of the lines that would be read (L3), or where there is none, of half of all: what a server says beside its
 * accesses, as of connections that were never encrypted, is in a stranger's hand.
 */
function recogniseMarked(lines: readonly string[]): LogFormat | undefined {
  const marked = lines.filter((line) => !isRecord(line) || line.includes('countme'));
  const records = marked.filter(isRecord).length;
  if (records > 0) return recognise(marked, records * SHARE_THAT_FITS, DEEPEST);
  return recognise(lines, lines.filter(isRecord).length / 2, DEEPEST);
}

function recogniseAmong(texts: readonly string[]): LogFormat | undefined {
  const records = texts.filter(isRecord);
  if (records.length === 0) return undefined;
  const format = recognise(texts, records.length * SHARE_THAT_FITS, DEEPEST - 1);
  return format ?? KNOWN_FORMATS.find((known) => fitsAllMarked(texts, known));
}

/** Whether at least half of the lines fit, and all that hold a mark. */
function fitsAllMarked(lines: readonly string[], format: LineFormat): boolean {
  const misfits = misfitsAmong(lines, format);
  const records = lines.filter(isRecord).length;
  return misfits.length * 2 <= records && !misfits.some((line) => line.includes('countme'));
}

function misfitsAmong(lines: readonly string[], format: LineFormat): string[] {
  const cutter = format.start();
  return lines.filter((line) => {
    const fit = cutter.fitOf(line);
    return isRecord(line) && (fit === undefined || !meets(fit, format, { user: true, time: true }));
  });
}

/** Whether enough lines fit. Most formats are given up after a few. */
function fitting(lines: readonly string[], format: LineFormat, enough: number, demands: Demands): boolean {
  const cutter = format.start();
  let misfits = 0;
  let fits = 0;
  const mostMisfits = lines.filter(isRecord).length - enough;
  for (const line of lines) {
    const fit = cutter.fitOf(line);
    // Comments are looked at, because they may say what the columns are, and stand for nothing.
    if (!isRecord(line)) continue;
    if (fit !== undefined && meets(fit, format, demands)) fits++;
    else misfits++;
    if (misfits > mostMisfits) return false;
  }
  return fits >= enough;
}

function meets({ time, hasOddUser }: Fit, format: LineFormat, demands: Demands): boolean {
  if (demands.user && hasOddUser) return false;
  // Of a request that a stranger made bad, the time may not be known.
  return !demands.time || time === undefined || (format.time === 'log' ? LOG_TIME.test(time) : isTime(time));
}

function isRecord(line: string): boolean {
  return line !== '' && !line.startsWith('#');
}

/** Whole lines but for a single one, up to so many records; comments stand among them. */
function sampleLines(start: Uint8Array): string[] {
  const text = Buffer.from(start.buffer, start.byteOffset, start.byteLength).toString('latin1');
  const lines: string[] = [];
  let records = 0;
  for (let from = text.startsWith(BYTE_ORDER_MARK) ? 3 : 0; records < LINES_LOOKED_AT; ) {
    const end = text.indexOf('\n', from);
    // The last piece may be cut off in the middle.
    if (end < 0 && lines.length > 0) break;
    const line = text.slice(from, end < 0 ? text.length : end).replace(/\r$/, '');
    if (line !== '') lines.push(line);
    if (isRecord(line)) records++;
    if (end < 0) break;
    from = end + 1;
  }
  return lines;
}
