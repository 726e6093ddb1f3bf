import type { FieldPlaces, Place } from '../log-format.ts';
import type { Found } from './fields.ts';
import type { JsonObject } from './json-line.ts';
import { digitsEnd, type JsonShape, LearntShapes, placeOfMark, type Wanted } from './json-shape.ts';

const SPACE = 0x20;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const STATUS_DIGITS = 3;
const PROTOCOL = Buffer.from('HTTP/');

type ValuesOf = (line: JsonObject) => Partial<Record<keyof Found | 'forwarded', unknown>>;

/** Which value of a line is which field: a request is a whole, or method and target. */
interface ValuePlaces {
  host: number;
  time: number;
  request: number | undefined;
  method: number;
  target: number;
  status: number;
  agent: number;
  /** Whether the client may be another than the peer. */
  isForwarded: boolean;
}

/**
 * Finds the fields of lines of JSON by the shapes of lines before them. Which value is which field is seen by giving the
 * format's own function a line whose values are marked, so that it is said in one place only.
 */
export class FieldFinder {
  readonly #shapes: LearntShapes<ValuePlaces>;
  readonly #places: FieldPlaces = {
    host: nowhere(),
    time: nowhere(),
    method: nowhere(),
    target: nowhere(),
    status: nowhere(),
    agent: nowhere(),
  };

  constructor(valuesOf: ValuesOf) {
    this.#shapes = new LearntShapes((marked) => wantedOf(valuesOf(marked)));
  }

  find(bytes: Uint8Array, from: number, until: number): FieldPlaces | undefined {
    const fit = this.#shapes.fit(bytes, from, until);
    return fit && this.#fieldsOf(fit.shape, fit.values, bytes);
  }

  learn(line: string): void {
    this.#shapes.learn(line);
  }

  #fieldsOf(shape: JsonShape, values: ValuePlaces, bytes: Uint8Array): FieldPlaces | undefined {
    const places = this.#places;
    shape.place(values.host, places.host);
    if (values.isForwarded && mayBeLocal(bytes, places.host)) return undefined;
    shape.place(values.time, places.time);
    shape.place(values.status, places.status);
    shape.place(values.agent, places.agent);
    if (values.request === undefined) {
      shape.place(values.method, places.method);
      shape.place(values.target, places.target);
      if (holds(bytes, places.method, SPACE) || holds(bytes, places.target, SPACE)) return undefined;
    } else {
      shape.place(values.request, places.method);
      if (!cutRequest(bytes, places)) return undefined;
    }
    const isSound =
      cutAddress(bytes, places.host) && isStatus(bytes, places.status) && bytes[places.time.from] !== BRACKET;
    return isSound ? places : undefined;
  }
}

function nowhere(): Place {
  return { from: 0, end: 0 };
}

/** Undefined if the fields are not values as they stand, or are not all there. */
function wantedOf(found: ReturnType<ValuesOf>): Wanted<ValuePlaces> | undefined {
  const place = (field: keyof Found) => placeOf(found[field]) ?? Number.NaN;
  const isWhole = found.request !== undefined && found.method === undefined;
  const values: ValuePlaces = {
    host: place('host'),
    time: place('time'),
    request: isWhole ? place('request') : undefined,
    method: place('method'),
    target: place(found.target === undefined ? 'path' : 'target'),
    status: place('status'),
    agent: place('agent'),
    isForwarded: found.forwarded !== undefined,
  };
  const asked = isWhole ? [place('request')] : [values.method, values.target];
  const wanted = [values.host, values.time, values.status, values.agent, ...asked];
  // Which of a whole and a method counts, and whether a query is put behind a path, depends on what they are.
  const isClear = isWhole || (found.request === undefined && (found.target !== undefined || found.query === undefined));
  if (!isClear || wanted.some(Number.isNaN)) return undefined;
  return {
    values,
    leafOf: (value, isText) => {
      if (!wanted.includes(value)) return undefined;
      if (!isText) return 'whole-number';
      return value === asked.at(-1) ? 'target' : 'plain-text';
    },
  };
}

/** Of a list, as headers are, the first counts. */
function placeOf(value: unknown): number | undefined {
  return Array.isArray(value) ? placeOf(value[0]) : placeOfMark(value);
}

/** Cuts a request, which is where the method is, into method and target (L8). */
function cutRequest(bytes: Uint8Array, { method, target }: FieldPlaces): boolean {
  const { from, end } = method;
  const first = bytes.indexOf(SPACE, from);
  const second = bytes.indexOf(SPACE, first + 1);
  if (first <= from || second <= first + 1 || second + PROTOCOL.length > end) return false;
  if (PROTOCOL.some((byte, place) => bytes[second + 1 + place] !== byte)) return false;
  method.end = first;
  target.from = first + 1;
  target.end = second;
  return !holds(bytes, { from: second + 1, end }, SPACE) && !holds(bytes, method, BACKSLASH);
}

function holds(bytes: Uint8Array, { from, end }: Place, byte: number): boolean {
  for (let at = from; at < end; at++) if (bytes[at] === byte) return true;
  return false;
}

/**
 * A word that is not several addresses; a port behind it is left out. An address of IPv6 has two colons or more, and is in
 * brackets if it has a port.
 */
function cutAddress(bytes: Uint8Array, place: Place): boolean {
  const { from, end } = place;
  let colons = 0;
  let colon = end;
  for (let at = from; at < end; at++) {
    const byte = bytes[at];
    if (byte === SPACE || byte === COMMA || byte === BRACKET) return false;
    if (byte !== COLON) continue;
    colons++;
    colon = at;
  }
  if (colons !== 1) return true;
  place.end = colon;
  return colon > from && colon + 1 < end && digitsEnd(bytes, colon + 1, end) === end;
}

const LOCAL_STARTS = ['0.', '10', '12', '16', '17', '19', '22', '23', '24', '25', ':', 'f', 'F', '['].map((start) =>
  Buffer.from(start),
);

/** Whether an address may be one of a local network, as proxies have: of most others it can be said by how they start. */
function mayBeLocal(bytes: Uint8Array, { from }: Place): boolean {
  return LOCAL_STARTS.some((start) => start.every((byte, at) => bytes[from + at] === byte));
}

function isStatus(bytes: Uint8Array, { from, end }: Place): boolean {
  return end - from === STATUS_DIGITS && digitsEnd(bytes, from, end) === end;
}
