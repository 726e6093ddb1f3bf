import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LogFault } from '../bytes/log-fault.ts';
import { TALLY_MARK } from '../bytes/tally-mark.ts';
import { isCleanText, LONGEST_VALUE } from '../sightings/clean-text.ts';
import { REASONS } from '../sightings/reasons.ts';
import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import { type EpochSeconds, FIRST_WEEK, SECONDS_PER_HOUR, type Week, weekOf } from '../sightings/week.ts';
import { type HourMarks, hoursOf, isSampled, type MarkColumns } from './hour-marks.ts';
import { type LineColumns, OF_REJECTIONS } from './line-list.ts';
import { DIGEST_BYTES, FEWEST_HASHED } from './log-identity.ts';
import {
  type Addresses,
  ALL_SYSTEMS,
  type EpochHour,
  type EpochMinute,
  type LogTally,
  MOST_SPREAD_ROWS,
  NETWORK_PARTS,
  NO_ADDRESS_PART,
  PARTS,
  type SpreadColumns,
  sumOf,
} from './log-tally.ts';
import { BadColumns, packColumns, unpackColumns } from './packed-columns.ts';
import { type Opened, open, seal, type TallyKey } from './tally-key.ts';

/**
 * A tally that travels: what a vault would keep of one log, in the open, and, sealed with a key of the operator, what it
 * would only look at.
 *
 *     rollcall-tally 1 SHA-256            of all that follows, as text; the line ends with a line feed
 *     u32 length of the open part         both parts are packed columns
 *     open part, sealed part              the sealed one is missing where there was no key
 *
 * Nothing in the open part stands in the order of the log, but the marks within their hour.
 */
export interface TravellingLog {
  name: string;
  source: string;
  format: string;
  /** Undefined of fewer than FEWEST_HASHED candidates (G1). */
  sha256: string | undefined;
  front: string | undefined;
  tally: LogTally;
  /** The start of the SHA-256 over the candidates up to each, from the FEWEST_HASHED'th on. */
  digests: Uint8Array;
  lines: LineColumns | undefined;
}

const HASH_DIGITS = 64;
const MARK_LINE = new RegExp(`^${TALLY_MARK}1 ([0-9a-f]{${HASH_DIGITS}})\n$`);
const LENGTH_BYTES = 4;

const OPEN_COLUMNS = {
  week: 'u32',
  system: 'u32',
  request: 'u32',
  country: 'u32',
  hits: 'f64',
  hoursSeen: 'u32',
  hour: 'u32',
  lines: 'u32',
  count: 'u32',
  level: 'u8',
  marks: 'u32',
} as const;

const SEALED_COLUMNS = {
  seconds: 'u16',
  networkWeek: 'u32',
  networkSystem: 'u32',
  network: 'u64',
  spreadWeek: 'u32',
  spreadSystem: 'u32',
  spreadRequest: 'u32',
  spreadHits: 'u32',
  row: 'u32',
  step: 'u32',
  part: 'u8',
  networkLine: 'u32',
  networkOfLine: 'u64',
  digests: 'u8',
} as const;

const wholeNumber = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const text = z.string().refine((value) => isCleanText(value) && Buffer.byteLength(value) <= LONGEST_VALUE);
const label = z.string().min(1).max(16_384);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const week = wholeNumber.refine((value) => value >= FIRST_WEEK).transform((value) => value as Week);

const openValue = z.strictObject({
  name: label,
  source: label,
  format: z.string().regex(/^[a-z0-9_:]{1,64}$/),
  sha256: hash.nullable(),
  candidates: wholeNumber,
  counted: wholeNumber,
  firstHour: wholeNumber.nullable(),
  rejections: z.array(z.tuple([z.enum(REASONS), week.nullable(), wholeNumber.min(1)])),
  systems: z.array(z.tuple([text, text, text, text, text])).max(ALL_SYSTEMS),
  requests: z.array(z.tuple([z.literal([1, 2, 3, 4]), text, text])).max(2 ** 18),
  countries: z.array(z.string().regex(/^[A-Z]{2}$/)).max(256),
  /** How many lines the first second of the log has, and the last. */
  edges: z.tuple([wholeNumber, wholeNumber]),
  addresses: z.strictObject({
    checkIns: wholeNumber,
    withAddress: wholeNumber,
    located: wholeNumber,
    heaviestThree: wholeNumber,
  }),
});

const sealedValue = z.strictObject({
  span: z.tuple([wholeNumber, wholeNumber]).nullable(),
  /** Of 4 KiB, which may be one line: in the open it could be reversed. */
  front: hash.nullable(),
  isListed: z.boolean(),
});

/** `key`: that of now; without, what rests on networks is not in the file. `salt`: random bytes, 16 of them. */
export function packTravelling(log: TravellingLog, key: TallyKey | undefined, salt: Uint8Array): Packed {
  const { tally, lines } = inOrder(log);
  const { cells, marks } = tally;
  const value: z.input<typeof openValue> = {
    name: log.name,
    source: log.source,
    format: log.format,
    sha256: log.sha256 ?? null,
    candidates: tally.candidates,
    counted: tally.counted,
    firstHour: tally.firstHour ?? null,
    rejections: tally.rejections.map(({ reason, week, count }) => [reason, week ?? null, count]),
    systems: tally.systems.map(systemFields),
    requests: tally.requests.map(requestFields),
    countries: [...tally.countries],
    edges: edgesOf(marks),
    addresses: addressesOf(tally),
  };
  const { seconds, ...openMarks } = marks;
  const inTheOpen = packColumns(value, {
    ...cells,
    hoursSeen: Uint32Array.from(tally.hoursSeen),
    hour: openMarks.hour,
    lines: openMarks.lines,
    count: openMarks.count,
    level: openMarks.level,
    marks: openMarks.marks,
  });
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(inTheOpen.length);
  const sealed = key === undefined ? Buffer.alloc(0) : seal(key, packSealed({ ...log, tally, lines }), inTheOpen, salt);
  const body = Buffer.concat([length, inTheOpen, sealed]);
  return { name: digestOf(inTheOpen), bytes: Buffer.concat([Buffer.from(`${TALLY_MARK}1 ${digestOf(body)}\n`), body]) };
}

/** `name` is another one for each content, and the same for the same. */
export interface Packed {
  name: string;
  bytes: Buffer;
}

function packSealed({ tally, lines, digests, front }: TravellingLog): Buffer {
  const { spread, networks, span } = tally;
  const none = new Uint32Array();
  const value: z.input<typeof sealedValue> = {
    span: span === undefined ? null : [span.from, span.until],
    front: front ?? null,
    isListed: lines !== undefined,
  };
  return packColumns(value, {
    seconds: tally.marks.seconds,
    networkWeek: networks.week,
    networkSystem: networks.system,
    network: networks.network,
    spreadWeek: spread.week,
    spreadSystem: spread.system,
    spreadRequest: spread.request,
    spreadHits: spread.hits,
    row: lines?.row ?? none,
    // Lines stand nearly as their marks do: steps are small where places are not, and pack to nearly nothing.
    step: lines?.place.map((place, line) => place - (line === 0 ? 0 : lines.place[line - 1]!)) ?? none,
    part: lines?.part ?? new Uint8Array(),
    networkLine: lines?.networkLine ?? none,
    networkOfLine: lines?.network ?? new BigUint64Array(),
    digests: lines === undefined ? new Uint8Array() : digests,
  });
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** As the ledger needs them to compare marks. */
function addressesOf({ spread }: LogTally): Addresses {
  const parts = new Float64Array(PARTS);
  for (const [row, system] of spread.system.entries()) {
    if (system === ALL_SYSTEMS) continue;
    for (let part = 0; part < PARTS; part++) parts[part]! += spread.hits[row * PARTS + part]!;
  }
  const checkIns = sumOf(parts);
  const withAddress = checkIns - parts[NO_ADDRESS_PART]!;
  const networks = parts.subarray(0, NETWORK_PARTS).sort();
  return { checkIns, withAddress, located: sumOf(networks), heaviestThree: sumOf(networks.subarray(-3)) };
}

/** How many lines share the first second of the log, and how many the last. */
function edgesOf(marks: MarkColumns): [number, number] {
  const hours = hoursOf(marks).filter(({ seconds }) => seconds.length > 0);
  const first = hours[0]?.seconds ?? new Uint16Array();
  const last = hours.at(-1)?.seconds ?? new Uint16Array();
  return [first.filter((second) => second === first[0]).length, last.filter((second) => second === last.at(-1)).length];
}

function systemFields({
  client,
  osName,
  osVersion,
  osVariant,
  osArch,
}: System): [string, string, string, string, string] {
  return [client, osName, osVersion, osVariant, osArch];
}

function requestFields({ age, repoTag, repoArch }: Request): [Request['age'], string, string] {
  return [age, repoTag, repoArch];
}

/**
 * Names, cells and rejections by what they are, those that do not occur left out: as they were numbered they would tell
 * which of them came first, and so whose mark is whose (P3).
 */
function inOrder({ tally, lines }: TravellingLog): { tally: LogTally; lines: LineColumns | undefined } {
  const { cells, networks, spread } = tally;
  const systems = sortedBy(tally.systems, (system) => JSON.stringify(systemFields(system)), cells.system);
  const requests = sortedBy(tally.requests, (request) => JSON.stringify(requestFields(request)), cells.request);
  const countries = sortedBy(tally.countries, (country) => country, cells.country);
  const [system, request, country] = [
    cells.system.map((place) => systems.places[place]!),
    cells.request.map((place) => requests.places[place]!),
    cells.country.map((place) => countries.places[place]!),
  ];
  const rows = Uint32Array.from(cells.hits.keys()).sort(
    (a, b) =>
      cells.week[a]! - cells.week[b]! ||
      system[a]! - system[b]! ||
      request[a]! - request[b]! ||
      country[a]! - country[b]!,
  );
  const rejections = Array.from(tally.rejections.keys()).sort((a, b) =>
    keyOfRejection(tally, a) < keyOfRejection(tally, b) ? -1 : 1,
  );
  const rowOf = inverse(rows);
  const rejectionOf = inverse(Uint32Array.from(rejections));
  const isOfSystem = (row: number) => spread.system[row] !== ALL_SYSTEMS;
  return {
    tally: {
      ...tally,
      systems: systems.values,
      requests: requests.values,
      countries: countries.values,
      rejections: rejections.map((row) => tally.rejections[row]!),
      cells: {
        week: rows.map((row) => cells.week[row]!),
        system: rows.map((row) => system[row]!),
        request: rows.map((row) => request[row]!),
        country: rows.map((row) => country[row]!),
        hits: Float64Array.from(rows, (row) => cells.hits[row]!),
      },
      networks: { ...networks, system: networks.system.map((place) => systems.places[place]!) },
      spread: {
        ...spread,
        system: spread.system.map((place, row) => (isOfSystem(row) ? systems.places[place]! : place)),
        request: spread.request.map((place, row) => (isOfSystem(row) ? requests : countries).places[place]!),
      },
    },
    lines: lines && {
      ...lines,
      row: lines.row.map((row) =>
        row < OF_REJECTIONS ? rowOf[row]! : OF_REJECTIONS + rejectionOf[row - OF_REJECTIONS]!,
      ),
    },
  };
}

function keyOfRejection({ rejections }: LogTally, row: number): string {
  const { reason, week } = rejections[row]!;
  return `${reason} ${week ?? ''}`;
}

/** The values that occur, sorted, and where each of them went. */
function sortedBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
  occurring: Uint32Array,
): { values: Value[]; places: Uint32Array } {
  const keys = values.map(keyOf);
  const found = [...new Set(occurring)].sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  const places = new Uint32Array(values.length);
  for (const [place, value] of found.entries()) places[value] = place;
  return { values: found.map((place) => values[place]!), places };
}

function inverse(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (const [place, row] of order.entries()) places[row] = place;
  return places;
}

/** How a tally that was read is known: with its lines and networks, or only what stands in the open, and why. */
export interface UnpackedLog extends TravellingLog {
  withheld: undefined | 'made-without-key' | Exclude<Opened['kind'], 'open' | 'damaged'> | 'no-key';
}

/**
 * Throws a LogFault unless all of it is as it was made. Without a key, or without that of its week, networks are not known,
 * the seconds of marks only about, and no line can be left out.
 */
export function unpackTravelling(bytes: Uint8Array, key: TallyKey | undefined): UnpackedLog {
  try {
    const body = bodyOf(bytes);
    const openEnd = LENGTH_BYTES + body.readUInt32LE();
    check(openEnd <= body.length);
    const inTheOpen = body.subarray(LENGTH_BYTES, openEnd);
    const log = unpackOpen(inTheOpen);
    const sealed = body.subarray(openEnd);
    if (sealed.length === 0) return { ...log, withheld: 'made-without-key' };
    if (key === undefined) return { ...log, withheld: 'no-key' };
    const opened = open(key, sealed, inTheOpen);
    if (opened.kind === 'damaged') throw new BadColumns('the sealed part was changed');
    if (opened.kind !== 'open') return { ...log, withheld: opened.kind };
    return { ...log, ...unpackSealed(opened.plain, log.tally), withheld: undefined };
  } catch (error) {
    if (error instanceof LogFault) throw error;
    if (!(error instanceof BadColumns || error instanceof z.ZodError || error instanceof RangeError)) throw error;
    throw new LogFault('damaged', `${DAMAGED}; nothing of it was counted`, { cause: error });
  }
}

const DAMAGED = 'the tally is not as it was made: copy it once more, or tally its log again';

function bodyOf(bytes: Uint8Array): Buffer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lineEnd = all.indexOf('\n') + 1;
  const line = all.toString('latin1', 0, lineEnd);
  if (lineEnd > 0 && !line.startsWith(`${TALLY_MARK}1 `)) {
    throw new LogFault('refused', 'a tally that a newer Rollcall made; count it with that version');
  }
  const body = all.subarray(lineEnd);
  check(MARK_LINE.exec(line)?.[1] === digestOf(body) && body.length >= LENGTH_BYTES);
  return body;
}

function check(isSound: boolean): asserts isSound {
  if (!isSound) throw new BadColumns('what it holds cannot be true');
}

function unpackOpen(packed: Uint8Array): TravellingLog {
  const { value: written, columns } = unpackColumns(packed, OPEN_COLUMNS);
  const value = openValue.parse(written);
  const { week, system, request, country, hits, hoursSeen, hour, lines, count, level, marks } = columns;
  const { counted, candidates, systems, requests, countries } = value;
  check((value.sha256 !== null) === candidates >= FEWEST_HASHED);
  for (const column of [week, system, request, country]) check(column.length === hits.length);
  check(areBelow(system, systems.length) && areBelow(request, requests.length) && areBelow(country, countries.length));
  for (const values of [systems, requests, countries, value.rejections.map((row) => row.slice(0, 2))])
    check(areDistinct(values));
  check(hits.every((hit) => Number.isSafeInteger(hit) && hit > 0) && areCellsInOrder(columns));
  const rejected = value.rejections.reduce((sum, [, , times]) => sum + times, 0);
  check(sumOf(hits) === counted && candidates === counted + rejected);
  for (const column of [lines, count, level]) check(column.length === hour.length);
  check(isAscending(hour) && isAscending(hoursSeen) && areHours(hour) && areHours(hoursSeen));
  const seconds = new Uint16Array(marks.length);
  const markColumns = { hour, lines, count, level, marks, seconds };
  check(count.reduce((sum, each) => sum + each, 0) === marks.length);
  const hours = hoursOf(markColumns);
  check(hours.every(isSoundHour) && areWeeksAlike(hours, columns));
  guessSeconds(hours, value.edges);
  const { checkIns, withAddress, located, heaviestThree } = value.addresses;
  check(checkIns <= counted && withAddress <= checkIns && located <= withAddress && heaviestThree <= located);
  const tally: LogTally = {
    candidates,
    counted,
    known: 0,
    misfits: 0,
    rejections: value.rejections.map(([reason, at, times]) => ({ reason, week: at ?? undefined, count: times })),
    systems: systems.map(([client, osName, osVersion, osVariant, osArch]) => ({
      client,
      osName,
      osVersion,
      osVariant,
      osArch,
    })),
    requests: requests.map(([age, repoTag, repoArch]) => ({ age, repoTag, repoArch })),
    countries,
    cells: { week, system, request, country, hits },
    firstHour: value.firstHour === null ? undefined : (value.firstHour as EpochHour),
    span: spanOf(hour),
    hoursCounted: [...hour] as EpochHour[],
    hoursSeen: [...hoursSeen] as EpochHour[],
    networks: { week: new Uint32Array(), system: new Uint32Array(), network: new BigUint64Array() },
    marks: markColumns,
    spread: withoutAddresses({ week, system, request, country, hits }),
    addresses: value.addresses,
  };
  const { name, source, format } = value;
  return {
    name,
    source,
    format,
    sha256: value.sha256 ?? undefined,
    front: undefined,
    tally,
    digests: new Uint8Array(),
    lines: undefined,
  };
}

function areBelow(places: Uint32Array, size: number): boolean {
  return places.every((place) => place < size);
}

function areDistinct(values: readonly unknown[]): boolean {
  return new Set(values.map((value) => JSON.stringify(value))).size === values.length;
}

function isAscending(numbers: Uint32Array): boolean {
  return numbers.every((number, place) => place === 0 || number > numbers[place - 1]!);
}

const FIRST_HOUR = (FIRST_WEEK * 168 * SECONDS_PER_HOUR + 345_600) / SECONDS_PER_HOUR;

function areHours(hours: Uint32Array): boolean {
  return hours.every((hour) => hour >= FIRST_HOUR);
}

type OpenCells = LogTally['cells'];

/** As `inOrder` has left them, so no two are the same. */
function areCellsInOrder({ week, system, request, country, hits }: OpenCells): boolean {
  const columns = [week, system, request, country];
  for (let row = 1; row < hits.length; row++) {
    const differing = columns.find((column) => column[row] !== column[row - 1]);
    if (differing === undefined || differing[row]! < differing[row - 1]!) return false;
  }
  return true;
}

function isSoundHour({ lines, level, marks }: HourMarks): boolean {
  if (lines === 0 || level > 33 || marks.length > lines) return false;
  return level === 0 ? marks.length === lines : marks.every((mark) => isSampled(mark, level));
}

/** Whether as many lines were counted in each week as its cells hold. */
function areWeeksAlike(hours: readonly HourMarks[], { week, hits }: OpenCells): boolean {
  const left = new Map<Week, number>();
  for (const { hour, lines } of hours) {
    const of = weekOf((hour * SECONDS_PER_HOUR) as EpochSeconds);
    left.set(of, (left.get(of) ?? 0) + lines);
  }
  for (let row = 0; row < hits.length; row++) {
    const of = week[row]! as Week;
    left.set(of, (left.get(of) ?? 0) - hits[row]!);
  }
  return [...left.values()].every((lines) => lines === 0);
}

/** Where they are not known. What matters of them is which lines may be the first of the log, and which the last. */
function guessSeconds(hours: readonly HourMarks[], [first, last]: readonly [number, number]): void {
  const filled = hours.filter(({ marks }) => marks.length > 0);
  for (const { seconds } of filled) {
    for (let place = 0; place < seconds.length; place++) {
      seconds[place] = Math.floor(((place + 0.5) * SECONDS_PER_HOUR) / seconds.length);
    }
  }
  filled[0]?.seconds.fill(0, 0, first);
  filled.at(-1)?.seconds.fill(SECONDS_PER_HOUR - 1, -last || undefined);
}

function spanOf(hours: Uint32Array): LogTally['span'] {
  if (hours.length === 0) return undefined;
  return { from: (hours[0]! * 60) as EpochMinute, until: (hours.at(-1)! * 60 + 59) as EpochMinute };
}

/** Cells as check-ins of whose networks nothing is known (R12). */
function withoutAddresses({ week, system, request, country, hits }: OpenCells): SpreadColumns {
  const rows = new Map<string, { week: number; system: number; request: number; hits: number }>();
  const note = (key: string, row: { week: number; system: number; request: number }, count: number) => {
    const known = rows.get(key);
    if (known !== undefined) known.hits += count;
    else if (rows.size < MOST_SPREAD_ROWS) rows.set(key, { ...row, hits: count });
  };
  for (let cell = 0; cell < hits.length; cell++) {
    const [at, s, r, c] = [week[cell]!, system[cell]!, request[cell]!, country[cell]!];
    note(`${at} ${ALL_SYSTEMS} ${c}`, { week: at, system: ALL_SYSTEMS, request: c }, hits[cell]!);
    note(`${at} ${s} ${r}`, { week: at, system: s, request: r }, hits[cell]!);
  }
  const found = [...rows.values()];
  const spread: SpreadColumns = {
    week: Uint32Array.from(found, (row) => row.week),
    system: Uint32Array.from(found, (row) => row.system),
    request: Uint32Array.from(found, (row) => row.request),
    hits: new Uint32Array(found.length * PARTS),
  };
  for (const [row, { hits: count }] of found.entries()) spread.hits[row * PARTS + NO_ADDRESS_PART] = count;
  return spread;
}

/** What the sealed part says instead of what the open one leaves open. */
function unpackSealed(
  packed: Uint8Array,
  tally: LogTally,
): Pick<TravellingLog, 'tally' | 'lines' | 'digests' | 'front'> {
  const { value: written, columns } = unpackColumns(packed, SEALED_COLUMNS);
  const { span, isListed, front: known } = sealedValue.parse(written);
  const front = known ?? undefined;
  const { seconds, networkWeek, networkSystem, network, spreadWeek, spreadSystem, spreadRequest, spreadHits } = columns;
  check((span === null) === (tally.counted === 0));
  const marks = { ...tally.marks, seconds };
  check(seconds.length === marks.marks.length && seconds.every((second) => second < SECONDS_PER_HOUR));
  check(hoursOf(marks).every(isInOrder));
  check(networkWeek.length === network.length && networkSystem.length === network.length);
  check(areBelow(networkSystem, tally.systems.length));
  for (const column of [spreadSystem, spreadRequest]) check(column.length === spreadWeek.length);
  check(spreadHits.length === spreadWeek.length * PARTS && spreadWeek.length <= MOST_SPREAD_ROWS);
  const spread = { week: spreadWeek, system: spreadSystem, request: spreadRequest, hits: spreadHits };
  check(spreadWeek.every((_, row) => isSpreadRow(spread, row, tally)));
  const weeks = new Set(tally.cells.week);
  check(networkWeek.every((each) => weeks.has(each)) && spreadWeek.every((each) => weeks.has(each)));
  const whole: LogTally = {
    ...tally,
    span: span === null ? undefined : { from: span[0] as EpochMinute, until: span[1] as EpochMinute },
    networks: { week: networkWeek, system: networkSystem, network },
    marks,
    spread,
    addresses: undefined,
  };
  if (!isListed) return { tally: whole, lines: undefined, digests: new Uint8Array(), front };
  const { row, step, part, networkLine, networkOfLine, digests } = columns;
  const lines = { row, place: placesBy(step), part, networkLine, network: networkOfLine };
  checkLines(lines, whole);
  check(digests.length === Math.max(0, row.length - FEWEST_HASHED + 1) * DIGEST_BYTES);
  return { tally: whole, lines, digests, front };
}

function isInOrder({ marks, seconds }: HourMarks): boolean {
  return seconds.every(
    (second, place) =>
      place === 0 ||
      second > seconds[place - 1]! ||
      (second === seconds[place - 1] && marks[place]! >= marks[place - 1]!),
  );
}

function isSpreadRow(
  { system, request }: SpreadColumns,
  row: number,
  { systems, requests, countries }: LogTally,
): boolean {
  if (system[row] === ALL_SYSTEMS) return request[row]! < countries.length;
  return system[row]! < systems.length && request[row]! < requests.length;
}

function placesBy(step: Uint32Array): Uint32Array {
  const places = new Uint32Array(step.length);
  let place = 0;
  for (let line = 0; line < step.length; line++) {
    place = (place + step[line]!) >>> 0;
    places[line] = place;
  }
  return places;
}

/** Each line stands in a row, and the rows hold as many; each mark is that of one line of its week. */
function checkLines({ row, place, part, networkLine, network }: LineColumns, tally: LogTally): void {
  const { cells, rejections, marks } = tally;
  check(place.length === row.length && part.length === row.length && row.length === tally.candidates);
  check(network.length === networkLine.length);
  const hits = new Float64Array(cells.hits.length);
  const times = new Float64Array(rejections.length);
  const isTaken = new Uint8Array(marks.marks.length);
  const weekAt = weeksOfMarks(marks);
  for (let line = 0; line < row.length; line++) {
    const at = row[line]!;
    if (at >= OF_REJECTIONS) {
      check(at - OF_REJECTIONS < times.length && place[line] === 0);
      times[at - OF_REJECTIONS]!++;
      continue;
    }
    const mark = place[line]!;
    check(at < hits.length && part[line]! < PARTS && mark < isTaken.length && isTaken[mark] === 0);
    check(weekAt[mark] === cells.week[at]);
    isTaken[mark] = 1;
    hits[at]!++;
  }
  check(
    hits.every((count, at) => count === cells.hits[at]) && times.every((count, at) => count === rejections[at]!.count),
  );
  check(networkLine.every((line) => line < row.length && row[line]! < OF_REJECTIONS));
}

function weeksOfMarks(marks: MarkColumns): Uint32Array {
  const weeks = new Uint32Array(marks.marks.length);
  let from = 0;
  for (const [row, hour] of marks.hour.entries()) {
    const until = from + marks.count[row]!;
    weeks.fill(weekOf((hour * SECONDS_PER_HOUR) as EpochSeconds), from, until);
    from = until;
  }
  return weeks;
}
