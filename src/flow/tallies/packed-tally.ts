import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { LogTally } from './log-tally.ts';

/** The distinct values of a column, and for each row the place of its own among them. */
interface PackedColumn<Value> {
  values: Value[];
  places: Uint32Array<ArrayBuffer>;
}

type Packed<Row> = { [Name in keyof Row]: PackedColumn<Row[Name]> };

/**
 * A tally as it goes from one thread to another. The names, versions and arches of twenty thousand systems are a few
 * hundred texts: to send these and where they stand takes half as long as to copy the systems, and less memory.
 */
export interface PackedTally extends Omit<LogTally, 'systems' | 'requests'> {
  systems: Packed<System>;
  requests: Packed<Request>;
}

export function packTally(tally: LogTally): PackedTally {
  const { systems, requests } = tally;
  return {
    ...tally,
    systems: {
      client: packColumn(systems, 'client'),
      osName: packColumn(systems, 'osName'),
      osVersion: packColumn(systems, 'osVersion'),
      osVariant: packColumn(systems, 'osVariant'),
      osArch: packColumn(systems, 'osArch'),
    },
    requests: {
      age: packColumn(requests, 'age'),
      repoTag: packColumn(requests, 'repoTag'),
      repoArch: packColumn(requests, 'repoArch'),
    },
  };
}

export function unpackTally(tally: PackedTally): LogTally {
  const { systems, requests } = tally;
  return {
    ...tally,
    systems: unpackSystems(systems),
    requests: unpackRequests(requests),
  };
}

/** What need not be copied, as the sender has no more use for it. */
export function movedWith({ cells, networks, spread, systems, requests, marks }: PackedTally): ArrayBuffer[] {
  const packed = [...Object.values(systems), ...Object.values(requests)].map(({ places }) => places);
  const columns = [cells, networks, spread, marks].flatMap((part) => Object.values(part));
  return [...columns, ...packed].map((column) => column.buffer as ArrayBuffer);
}

function packColumn<Row, Name extends keyof Row>(rows: readonly Row[], name: Name): PackedColumn<Row[Name]> {
  const known = new Map<Row[Name], number>();
  const places = new Uint32Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![name];
    let place = known.get(value);
    if (place === undefined) {
      place = known.size;
      known.set(value, place);
    }
    places[row] = place;
  }
  return { values: [...known.keys()], places };
}

function unpackSystems({ client, osName, osVersion, osVariant, osArch }: Packed<System>): System[] {
  return Array.from(client.places, (place, row) => ({
    client: client.values[place]!,
    osName: osName.values[osName.places[row]!]!,
    osVersion: osVersion.values[osVersion.places[row]!]!,
    osVariant: osVariant.values[osVariant.places[row]!]!,
    osArch: osArch.values[osArch.places[row]!]!,
  }));
}

function unpackRequests({ age, repoTag, repoArch }: Packed<Request>): Request[] {
  return Array.from(age.places, (place, row) => ({
    age: age.values[place]!,
    repoTag: repoTag.values[repoTag.places[row]!]!,
    repoArch: repoArch.values[repoArch.places[row]!]!,
  }));
}
