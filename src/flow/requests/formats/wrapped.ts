import { CONTROL, LINE_LIMIT } from '../line-reasons.ts';
import { type Cut, type LineCutter, type LogFormat, MISFIT, NOTHING } from '../log-format.ts';
import { parseJsonLine, valueAt } from './json-line.ts';

/** What is in a line of a wrapper: a line, a part of one whose end is still to come, nothing of ours, or it is none. */
type Opened = { kind: 'line'; text: string } | { kind: 'part' } | { kind: 'nothing' } | { kind: 'misfit' };

interface Opener {
  open(line: string): Opened;
  /** Whether a line must be opened although it is not suspect. */
  mustSee?(line: Uint8Array): boolean;
}

/** What puts its own words around each line of another format. */
export interface Wrapper {
  name: string;
  isJson: boolean;
  start(): Opener;
}

const MISFITTING: Opened = { kind: 'misfit' };
const IGNORED: Opened = { kind: 'nothing' };
const PART: Opened = { kind: 'part' };

const CLOCK = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?';
const OLD_TIME = `[A-Z][a-z]{2} [ \\d]\\d(?: \\d{4})? ${CLOCK}`;
const ISO_TIME = `\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK}(?:Z|[+-]\\d\\d:?\\d\\d)?`;
const TAG = '[^ :[\\]"]+(?:\\[[^\\]]*\\])?: ?';
const STRUCTURED_DATA = '(?:-|(?:\\[(?:"(?:[^"\\\\]|\\\\.)*"|[^"\\]])*\\])+)';
/** RFC 3164 as daemons and journalctl write it, also with the times of RFC 3339. */
const SYSLOG_3164 = new RegExp(`^(?:<\\d{1,3}>)?(?:${OLD_TIME}|${ISO_TIME}) (?:[^ ]+ )?${TAG}`);
const SYSLOG_5424 = new RegExp(
  `^(?:<\\d{1,3}>1 )?(?:-|${ISO_TIME}) [^ ]+ [^ ]+ [^ ]+ [^ ]+ ${STRUCTURED_DATA}(?: (?:\\xef\\xbb\\xbf)?|$)`,
);

const SYSLOG: Wrapper = {
  name: 'syslog',
  isJson: false,
  start: () => ({
    open: (line) => {
      const head = SYSLOG_3164.exec(line) ?? SYSLOG_5424.exec(line);
      return head === null ? MISFITTING : { kind: 'line', text: line.slice(head[0].length) };
    },
  }),
};

/** Kubernetes' container runtimes: time, stream, `F` for a whole line or the end of one and `P` for a part, the text. */
const CRI: Wrapper = { name: 'cri', isJson: false, start: () => new CriOpener() };
const CRI_LINE = /^\d{4}-\d\d-\d\dT[^ ]+ (stdout|stderr) ([FP])(?::[^ ]*)? (.*)$/s;
/** Where the tag ends at the latest: behind `2026-11-10T08:00:00.123456789+00:00 stdout `. */
const CRI_HEAD = 48;

class CriOpener implements Opener {
  readonly #parts = new Parts();

  open(line: string): Opened {
    const [, stream, tag, text] = CRI_LINE.exec(line) ?? [];
    if (stream === undefined || text === undefined) return MISFITTING;
    return tag === 'P' ? this.#parts.keep(stream, text) : this.#parts.end(stream, text);
  }

  mustSee(line: Uint8Array): boolean {
    if (!this.#parts.isEmpty) return true;
    return Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, CRI_HEAD)).includes(' P');
  }
}

/** Docker's json-file. What is longer than 16 KiB comes in parts, of which only the last ends with a line feed. */
const DOCKER: Wrapper = { name: 'docker', isJson: true, start: () => new DockerOpener() };
const DOCKER_PART = 16_384;

class DockerOpener implements Opener {
  readonly #parts = new Parts();

  open(line: string): Opened {
    const json = parseJsonLine(line);
    const log = json?.object['log'];
    if (json === undefined || typeof log !== 'string') return MISFITTING;
    const stream = String(json.object['stream']);
    const text = json.bytesOf(log);
    if (!text.endsWith('\n') && text.length >= DOCKER_PART) return this.#parts.keep(stream, text);
    return this.#parts.end(stream, withoutLineEnd(text));
  }

  mustSee(line: Uint8Array): boolean {
    return !this.#parts.isEmpty || line.length >= DOCKER_PART;
  }
}

/** Parts of lines by their stream. Memory does not grow with the length of a line (L4). */
class Parts {
  readonly #kept = new Map<string, string>();

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  keep(stream: string, text: string): Opened {
    // A runtime has two; whoever names more is no runtime.
    if (this.#kept.size > 8) this.#kept.clear();
    this.#kept.set(stream, this.#joined(stream, text));
    return PART;
  }

  end(stream: string, text: string): Opened {
    if (this.isEmpty) return { kind: 'line', text };
    const whole = this.#joined(stream, text);
    this.#kept.delete(stream);
    return { kind: 'line', text: whole };
  }

  #joined(stream: string, text: string): string {
    const before = this.#kept.get(stream) ?? '';
    return before.length > LINE_LIMIT ? before : before + text;
  }
}

/** `journalctl -o json`: the text, or its bytes as numbers where it is no plain text; null where it was too long. */
const JOURNALD: Wrapper = messageWrapper('journald', ['MESSAGE']);
/** Whatever ships lines as JSON: Fluent Bit, Logstash, Filebeat, Vector. */
const MESSAGE: Wrapper = messageWrapper('message', ['message', 'msg', 'log']);

function messageWrapper(name: string, keys: readonly string[]): Wrapper {
  const open = (line: string): Opened => {
    const json = parseJsonLine(line);
    if (json === undefined) return MISFITTING;
    const value = keys.map((key) => valueAt(json.object, [key])).find((found) => found !== undefined);
    if (value === null) return IGNORED;
    if (typeof value === 'string') return { kind: 'line', text: withoutLineEnd(json.bytesOf(value)) };
    return isBytes(value) ? { kind: 'line', text: withoutLineEnd(Buffer.from(value).toString('latin1')) } : MISFITTING;
  };
  return { name, isJson: true, start: () => ({ open }) };
}

function isBytes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

export const WRAPPERS: readonly Wrapper[] = [SYSLOG, CRI, DOCKER, JOURNALD, MESSAGE];

/** A format inside a wrapper, named `wrapper:format`. */
export function wrappedFormat(wrapper: Wrapper, inner: LogFormat): LogFormat {
  return {
    name: `${wrapper.name}:${inner.name}`,
    time: inner.time,
    mark: wrapper.isJson ? 'countme' : inner.mark,
    start: () => new WrappedCutter(wrapper, inner),
  };
}

class WrappedCutter implements LineCutter {
  readonly #wrapper: Wrapper;
  readonly #opener: Opener;
  readonly #inner: LogFormat;
  readonly #cutter: LineCutter;

  constructor(wrapper: Wrapper, inner: LogFormat) {
    this.#wrapper = wrapper;
    this.#opener = wrapper.start();
    this.#inner = inner;
    this.#cutter = inner.start();
  }

  cut(line: string): Cut {
    const opened = this.#opener.open(line);
    if (opened.kind === 'misfit') return MISFIT;
    if (opened.kind !== 'line') return NOTHING;
    const { text } = opened;
    // A comment of the inner format may say how to read what follows.
    if (!text.includes(this.#inner.mark) && !text.startsWith('#')) return NOTHING;
    if (text.length > LINE_LIMIT) {
      return { kind: 'rejected', reason: 'too-long', fits: true, within: text.slice(0, LINE_LIMIT) };
    }
    if (CONTROL.test(text)) return { kind: 'rejected', reason: 'control-bytes', fits: true, within: text };
    return { within: text, ...this.#cutter.cut(text) };
  }

  /** By an opener of its own: this log's may wait for the rest of another line. */
  timeOf(line: string): string | undefined {
    const opened = this.#wrapper.start().open(line);
    return opened.kind === 'line' ? this.#cutter.timeOf(opened.text) : undefined;
  }

  mustSee(line: Uint8Array): boolean {
    return this.#opener.mustSee?.(line) ?? false;
  }
}
