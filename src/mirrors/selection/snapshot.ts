import type { Addresses, Catalogue, HealthState, Mirror, MirrorHealth, WebScheme, Whereabouts } from '../catalogue.ts';
import { type Point, pointOf } from './distance.ts';
import { fitnessOf, isReachable, keysOf, ownValue } from './fitness.ts';
import { type NetworkTable, networkTable } from './network-table.ts';
import { type Offer, offerOf, type Wanted } from './offer.ts';
import { mirrorNumber, type Order, ordersOf } from './stickiness.ts';

/** Mirrors and their health, prepared once so that a request is answered without looking anything up twice. */
export interface Snapshot {
  catalogue: Catalogue;
  state: HealthState | undefined;
  /** By name, so that the order of files changes no answer. */
  mirrors: readonly PreparedMirror[];
  networks: NetworkTable;
  /** Networks that mirrors are declared to serve -> places in `mirrors`. */
  byAsn: ReadonlyMap<number, readonly number[]>;
  continents: ReadonlyMap<string, string>;
  neighbours(country: string | undefined): Neighbours;
  /** By a secret and a number from `orderNumber`. */
  order(secret: string, number: number): Order;
  offer(wanted: Wanted): Offer;
}

export type WebAddresses = Readonly<Record<WebScheme, string | undefined>>;

export const COUNTRY = 0;
export const CONTINENT = 1;
export const WORLD = 2;
export type Nearness = typeof COUNTRY | typeof CONTINENT | typeof WORLD;

/** How near mirrors are to a client of a country. */
export interface Neighbours {
  /** One for each of `mirrors`. */
  nearness: Uint8Array;
  /** Places in `mirrors`, by nearness. */
  places: readonly [country: Uint16Array, continent: Uint16Array, world: Uint16Array];
}

export interface PreparedMirror {
  mirror: Mirror;
  addresses: WebAddresses;
  /** Of modules such as `kitten`. */
  modules: ReadonlyMap<string, WebAddresses>;
  number: number;
  point: Point | undefined;
  continent: string | undefined;
  reaches: { v4: boolean; v6: boolean };
}

/**
 * `continents` is by country, in any names: where no distance is known, mirrors of the same continent come before the
 * rest of the world.
 */
export function prepare(
  catalogue: Catalogue,
  state: HealthState | undefined,
  continents: ReadonlyMap<string, string>,
): Snapshot {
  const known = knownFamilies(state);
  const mirrors = [...catalogue.mirrors].sort(byName).map((mirror) => prepareMirror(mirror, state, known, continents));
  return {
    catalogue,
    state,
    mirrors,
    networks: networkTable(
      mirrors.flatMap(({ mirror }, index) => mirror.subnets.map((cidr) => [cidr, index] as const)),
    ),
    byAsn: mirrorsByAsn(mirrors),
    continents,
    neighbours: neighboursByCountry(mirrors, continents),
    order: ordersOf(mirrors),
    offer: offersByWanted(catalogue, state, mirrors),
  };
}

/** By which IP versions the check could reach anybody: of the other one nothing is known, and no mirror lacks it. */
function knownFamilies(state: HealthState | undefined): { v4: boolean; v6: boolean } {
  const all = Object.values(state?.mirrors ?? {});
  return { v4: all.some(({ v4 }) => v4 !== undefined), v6: all.some(({ v6 }) => v6 !== undefined) };
}

function prepareMirror(
  written: Mirror,
  state: HealthState | undefined,
  known: ReturnType<typeof knownFamilies>,
  continents: ReadonlyMap<string, string>,
): PreparedMirror {
  const health = ownValue(state?.mirrors ?? {}, written.name);
  const mirror = located(written, health?.whereabouts);
  return {
    mirror,
    addresses: webAddresses(mirror.addresses, health),
    modules: new Map(
      Array.from(mirror.moduleAddresses, ([name, addresses]) => [name, webAddresses(addresses, health)]),
    ),
    number: mirrorNumber(mirror.name),
    point: mirror.place === undefined ? undefined : pointOf(mirror.place),
    continent: continents.get(mirror.country),
    reaches: { v4: isReachable(health, known.v4 ? 'v4' : 'v6'), v6: isReachable(health, known.v6 ? 'v6' : 'v4') },
  };
}

/**
 * What its file says, completed by where its address is. An address in another country than the file's is one that is
 * announced from many places, or a mistake of the database: then the file alone is believed.
 */
function located(mirror: Mirror, found: Whereabouts | undefined): Mirror {
  const country = mirror.country || found?.country || '';
  if (found === undefined || (found.country ?? country) !== country) return { ...mirror, country };
  return { ...mirror, country, place: mirror.place ?? found.place, hostAsn: found.asn ?? mirror.hostAsn };
}

function mirrorsByAsn(mirrors: readonly PreparedMirror[]): Map<number, number[]> {
  const byAsn = new Map<number, number[]>();
  for (const [index, { mirror }] of mirrors.entries()) {
    for (const asn of mirror.asns) byAsn.set(asn, [...(byAsn.get(asn) ?? []), index]);
  }
  return byAsn;
}

/** Remembered by country, of which there are not many: whatever is none has no mirrors and no continent. */
function neighboursByCountry(mirrors: readonly PreparedMirror[], continents: ReadonlyMap<string, string>) {
  const countries = new Set([...continents.keys(), ...mirrors.map(({ mirror }) => mirror.country)]);
  const known = new Map<string, Neighbours>();
  return (country: string | undefined): Neighbours => {
    const named = country !== undefined && countries.has(country) ? country : '';
    let found = known.get(named);
    if (found === undefined) {
      found = neighboursOf(nearnessTo(mirrors, named, continents.get(named)));
      known.set(named, found);
    }
    return found;
  };
}

function neighboursOf(nearness: Uint8Array): Neighbours {
  const all = Uint16Array.from(nearness.keys());
  const of = (wanted: Nearness) => all.filter((index) => nearness[index] === wanted);
  return { nearness, places: [of(COUNTRY), of(CONTINENT), of(WORLD)] };
}

function nearnessTo(mirrors: readonly PreparedMirror[], country: string, continent: string | undefined): Uint8Array {
  return Uint8Array.from(mirrors, (prepared) => {
    if (country !== '' && prepared.mirror.country === country) return COUNTRY;
    return continent !== undefined && prepared.continent === continent ? CONTINENT : WORLD;
  });
}

/** Remembered by what is wanted. That is made of the catalogue's own names, so strangers cannot fill the memory. */
function offersByWanted(catalogue: Catalogue, state: HealthState | undefined, mirrors: readonly PreparedMirror[]) {
  const known = new Map<string, Offer>();
  return (wanted: Wanted): Offer => {
    const { scope, module, schemes } = wanted;
    const name = `${scope.version}/${scope.repository ?? ''}/${scope.arch ?? ''}/${module ?? ''}/${schemes[0]}/${schemes[1] ?? ''}`;
    let found = known.get(name);
    if (found === undefined) {
      const keys = keysOf(catalogue, state, scope);
      const fitness = mirrors.map(({ mirror }) => fitnessOf(ownValue(state?.mirrors ?? {}, mirror.name), keys));
      found = offerOf(mirrors, wanted, fitness);
      known.set(name, found);
    }
    return found;
  };
}

/** One line, whatever a mirror's file held: a line break would be another mirror in the list. */
const WEB_ADDRESS = /^https?:\/\/[^\s\x00-\x1f\x7f]+$/;

/** Without the scheme that fails where the other one works, as when a certificate has expired. */
function webAddresses({ http, https }: Addresses, health: MirrorHealth | undefined): WebAddresses {
  const only = (address: string | undefined) =>
    address !== undefined && WEB_ADDRESS.test(address) ? address : undefined;
  const [plain, secure] = [only(http), only(https)];
  const fails = (scheme: WebScheme) => health?.schemes?.[scheme]?.ok === false;
  return {
    http: secure !== undefined && fails('http') && !fails('https') ? undefined : plain,
    https: plain !== undefined && fails('https') && !fails('http') ? undefined : secure,
  };
}

function byName(a: Mirror, b: Mirror): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
