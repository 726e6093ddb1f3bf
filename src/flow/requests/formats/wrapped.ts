import { LINE_LIMIT } from '../line-reasons.ts';
import type { LogFormat, Opened, Opener, WrappedFormat, Wrapper } from '../log-format.ts';
import { type JsonObject, parseJsonLine } from './json-line.ts';
import { SHORTEST_PART, TextFinder } from './text-finder.ts';

const MISFITTING: Opened = { kind: 'misfit' };
const IGNORED: Opened = { kind: 'nothing' };
const PART: Opened = { kind: 'part' };

const CLOCK = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?';
const OLD_TIME = `[A-Z][a-z]{2} [ \\d]?\\d(?: \\d{4})? ${CLOCK}:?`;
/** `journalctl -o short-full`, `short-unix` and `short-monotonic`. */
const JOURNAL_TIME = `[A-Z][a-z]{2} \\d{4}-\\d\\d-\\d\\d ${CLOCK} [A-Z+-][A-Za-z0-9:+-]*|\\d{10}\\.\\d{6}|\\[ *\\d+\\.\\d{6}\\]`;
const ISO_TIME = `\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK}(?:Z|[+-]\\d\\d:?\\d\\d)?`;
/** Where a daemon writes none, the first group of an IPv6 address is not one. */
const TAG = '(?![0-9A-Fa-f]{1,4}:[0-9A-Fa-f:])[^ :[\\]"]+(?:\\[[^\\]]*\\])?: {0,2}';
/** Daemons that write to the machine itself leave it out. */
const HOST = '[^ ]*[^ :] ';
const STRUCTURED_DATA = '(?:-|(?:\\[(?:"(?:[^"\\\\]|\\\\.)*"|[^"\\]])*\\])+)';
/** The length of a message, as RFC 6587 counts it. */
const OCTETS = '(?:\\d{1,6} (?=<))?';
/** RFC 3164 as daemons and journalctl write it, also with the times of RFC 3339. */
const SYSLOG_3164 = new RegExp(
  `^${OCTETS}(?:<\\d{1,3}>)?(?:${OLD_TIME}|${ISO_TIME}|${JOURNAL_TIME}) (?:${HOST})?${TAG}`,
);
const SYSLOG_5424 = new RegExp(
  `^${OCTETS}(?:<\\d{1,3}>1 )?(?:-|${ISO_TIME}) [^ ]+ [^ ]+ [^ ]+ [^ ]+ ${STRUCTURED_DATA}(?: (?:\\xef\\xbb\\xbf)?|$)`,
);

const SYSLOG = wrapperOfWholeLines('syslog', (line) => {
  const head = SYSLOG_3164.exec(line) ?? SYSLOG_5424.exec(line);
  return head === null ? MISFITTING : { kind: 'line', text: line.slice(head[0].length) };
});

function wrapperOfWholeLines(name: string, open: Opener['open']): Wrapper {
  return { name, start: () => ({ open, mayBePart: () => false }) };
}

const WHOLE_CRI_LINE = /^\d{4}-\d\d-\d\dT[^ ]+ (?:stdout|stderr) F/;
const CRI_LINE = /^\d{4}-\d\d-\d\dT[^ ]+ (stdout|stderr) ([FP])(?::[^ ]*)? (.*)$/s;

/** Kubernetes' container runtimes: time, stream, `F` for a whole line or the end of one and `P` for a part, the text. */
const CRI: Wrapper = {
  name: 'cri',
  start: () => {
    const parts = new Parts();
    return {
      open: (line) => {
        const [, stream, tag, text] = CRI_LINE.exec(line) ?? [];
        if (stream === undefined || text === undefined) return MISFITTING;
        return tag === 'P' ? parts.keep(stream, text) : parts.end(stream, text);
      },
      mayBePart: (start) => !parts.isEmpty || !WHOLE_CRI_LINE.test(start()),
    };
  },
};

/** Docker's json-file. */
const DOCKER: Wrapper = {
  name: 'docker',
  start: () => {
    const parts = new Parts();
    const finder = new TextFinder(
      ({ log }) => log,
      ({ stream }) => stream,
    );
    return {
      // A part, or the end of one, has no line feed or stands behind a part.
      openInto: (...place) => (parts.isEmpty ? finder.findInto(...place) : undefined),
      open: (line) => {
        finder.learn(line);
        const json = parseJsonLine(line);
        const log = json?.object['log'];
        if (json === undefined || typeof log !== 'string') return MISFITTING;
        const stream = String(json.object['stream']);
        const text = json.bytesOf(log);
        if (!text.endsWith('\n') && text.length >= SHORTEST_PART) return parts.keep(stream, text);
        return parts.end(stream, withoutLineEnd(text));
      },
      mayBePart: (_, length) => !parts.isEmpty || length >= SHORTEST_PART,
    };
  },
};

/**
 * How nginx's and Apache's error logs start. They quote requests: a stranger who asks for what is not there would have
 * his check-in read twice, once as a line that fits no format.
 */
const ERROR_LOG = new RegExp(
  `^(?:\\d{4}/\\d\\d/\\d\\d ${CLOCK} \\[[a-z]+\\] \\d+#|\\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d ${CLOCK} \\d{4}\\] \\[[a-z0-9_]*:)`,
);

function lineOf(stream: string, text: string): Opened {
  return stream === 'stderr' && ERROR_LOG.test(text) ? IGNORED : { kind: 'line', text, stream };
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
    if (this.isEmpty) return lineOf(stream, text);
    const whole = this.#joined(stream, text);
    this.#kept.delete(stream);
    return lineOf(stream, whole);
  }

  #joined(stream: string, text: string): string {
    const before = this.#kept.get(stream) ?? '';
    return before.length > LINE_LIMIT ? before : before + text;
  }
}

/** `journalctl -o json`: the text, or its bytes as numbers where it is no plain text; null where it was too long. */
const JOURNALD: Wrapper = messageWrapper('journald', ['MESSAGE'], /^(?:\x1e|data: )/);
/**
 * Whatever ships lines as JSON: Fluent Bit, Logstash, Filebeat, Vector, and what comes out of Loki, Graylog, Splunk, Google
 * Cloud, Azure and Elasticsearch. fluentd's files have time and tag in front.
 */
const MESSAGE: Wrapper = messageWrapper(
  'message',
  ['message', 'msg', 'log', 'line', 'short_message', 'event', 'textPayload', 'LogEntry', '_raw'],
  /^\d{4}-\d\d-\d\dT[^\t{]*\t[^\t{]*\t/,
  ['_source', 'result'],
);

/** `head` may stand before the object, whose text may stand in one of those `within` it. */
function messageWrapper(name: string, keys: readonly string[], head: RegExp, within: readonly string[] = []): Wrapper {
  const textIn = (object: JsonObject) => keys.map((key) => object[key]).find((found) => found !== undefined);
  const messageOf = (line: JsonObject) => {
    const inner = within.map((key) => line[key]).find((below) => typeof below === 'object' && below !== null);
    return textIn(line) ?? (inner === undefined ? undefined : textIn(inner as JsonObject));
  };
  const open = (line: string): Opened => {
    const json = parseJsonLine(line.replace(head, ''));
    if (json === undefined) return MISFITTING;
    const value = messageOf(json.object);
    if (value === null) return IGNORED;
    if (typeof value === 'string') return { kind: 'line', text: withoutLineEnd(json.bytesOf(value)) };
    return isBytes(value) ? { kind: 'line', text: withoutLineEnd(Buffer.from(value).toString('latin1')) } : MISFITTING;
  };
  return {
    name,
    start: () => {
      const finder = new TextFinder(messageOf);
      return {
        openInto: (...place) => finder.findInto(...place),
        open: (line) => {
          finder.learn(line);
          return open(line);
        },
        mayBePart: () => false,
      };
    },
  };
}

const JOURNAL_FIELD = /^(?:MESSAGE=(.*)|[A-Z_][A-Z0-9_]{0,63}=.*)$/s;

/** `journalctl -o export`: a line for each field of an entry. */
const JOURNALD_EXPORT: Wrapper = wrapperOfWholeLines('journald_export', (line) => {
  const field = JOURNAL_FIELD.exec(line);
  if (field === null) return MISFITTING;
  return field[1] === undefined ? IGNORED : { kind: 'line', text: field[1] };
});

/** `docker compose logs`, with times or not, and pm2: names in a column of their own. */
const COMPOSE_LINE = new RegExp(`^(?:\\d+\\|)?[A-Za-z0-9][\\w.-]* +\\| (?:${ISO_TIME} )?`);
const COMPOSE: Wrapper = wrapperOfWholeLines('compose', (line) => {
  const head = COMPOSE_LINE.exec(line);
  return head === null ? MISFITTING : { kind: 'line', text: line.slice(head[0].length) };
});

function isBytes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
}

function withoutLineEnd(text: string): string {
  if (!text.endsWith('\n')) return text;
  return text.slice(0, text.endsWith('\r\n') ? -2 : -1);
}

export const WRAPPERS: readonly Wrapper[] = [SYSLOG, CRI, DOCKER, JOURNALD, JOURNALD_EXPORT, MESSAGE, COMPOSE];

/** A format inside a wrapper, named `wrapper:format`. */
export function wrappedFormat(wrapper: Wrapper, inner: LogFormat): WrappedFormat {
  return { kind: 'wrapped', name: `${wrapper.name}:${inner.name}`, wrapper, inner };
}
