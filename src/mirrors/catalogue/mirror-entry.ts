import type { Addresses, Mirror, NetworkList, Scheme } from '../catalogue.ts';
import type { NamedCountry } from './country-name.ts';
import { type Path, quoted, type Remarks } from './finding.ts';
import { isHostName, mirrorAddress, type Trust } from './mirror-address.ts';
import { type Cloud, listOfCloud } from './network-list.ts';
import { readSubnet } from './subnet.ts';

/** A mirror as it was written, from a file of its own or from a list. */
export interface MirrorEntry {
  file: string;
  /** Where in the file it stands; its keys stand below. */
  base: Path;
  name: string;
  addresses: readonly WrittenAddress[];
  country: { text: string | undefined; path: Path };
  city: string;
  place: Mirror['place'];
  isPrivate: boolean;
  isMonopoly: boolean;
  asns: readonly string[];
  subnets: readonly string[];
  cloud: { type: Cloud; regions: readonly string[] } | undefined;
  weight: number;
  sponsor: { name: string; url: string };
  updateFrequency: string;
}

export interface WrittenAddress {
  scheme: Scheme;
  text: string;
  /** As in `address_optional`; undefined for the main address. */
  module: string | undefined;
  path: Path;
}

/** What all mirrors of a catalogue are read by. */
export interface MirrorRules {
  trust: Trust;
  /** A mirror needs an address by one of these. */
  required: readonly Scheme[];
  countryOf(text: string): NamedCountry | undefined;
}

/** Checks a mirror. Undefined, with the reason among the remarks, if clients must not be sent there. */
export function mirrorOf(entry: MirrorEntry, rules: MirrorRules, remarks: Remarks): Mirror | undefined {
  const name = nameOf(entry, rules, remarks);
  const addresses = addressesOf(entry, rules, remarks);
  const asns = asnsOf(entry, remarks);
  if (name === undefined || addresses === undefined) return undefined;
  const { networkLists, subnets } = networksOf(entry, rules, remarks);
  return {
    name,
    file: entry.file,
    ...addresses,
    country: countryOf(entry, rules, remarks),
    city: entry.city,
    place: entry.place,
    // The cloud's own copy is for the machines in that cloud.
    isPrivate: entry.isPrivate || entry.cloud !== undefined,
    isMonopoly: entry.isMonopoly,
    asns,
    subnets,
    ...(networkLists.length === 0 ? {} : { networkLists }),
    weight: entry.weight,
    sponsor: { name: entry.sponsor.name, url: sponsorUrl(entry, remarks) },
    updateFrequency: entry.updateFrequency,
  };
}

function nameOf({ name, base }: MirrorEntry, { trust }: MirrorRules, remarks: Remarks): string | undefined {
  const host = name.toLowerCase();
  if (isHostName(host, trust)) return host;
  remarks.fail([...base, 'name'], `${quoted(name)} is no host name`, 'write the host alone, as in mirror.example.org');
  return undefined;
}

type MirrorAddresses = Pick<Mirror, 'addresses' | 'moduleAddresses'>;

function addressesOf(entry: MirrorEntry, rules: MirrorRules, remarks: Remarks): MirrorAddresses | undefined {
  const read = entry.addresses.map((written) => ({ ...written, value: addressOf(written, rules, remarks) }));
  // One address that reaches for what it must not is reason enough not to trust the others.
  if (read.some(({ scheme, value }) => value === undefined && isForDnf(scheme))) return undefined;
  const of = (module: string | undefined): Addresses =>
    Object.fromEntries(
      read.flatMap((one) => (one.module === module && one.value !== undefined ? [[one.scheme, one.value]] : [])),
    );
  const addresses = of(undefined);
  if (!rules.required.some((scheme) => addresses[scheme] !== undefined)) {
    const schemes = rules.required.join(' or ');
    remarks.fail([...entry.base, 'address'], `has no address by ${schemes}`, `dnf needs one by ${schemes}`);
    return undefined;
  }
  const modules = new Set(read.flatMap(({ module }) => (module === undefined ? [] : [module])));
  return { addresses, moduleAddresses: new Map([...modules].map((module) => [module, of(module)])) };
}

function isForDnf(scheme: Scheme): boolean {
  return scheme === 'http' || scheme === 'https';
}

function addressOf({ scheme, text, path }: WrittenAddress, rules: MirrorRules, remarks: Remarks): string | undefined {
  const verdict = mirrorAddress(scheme, text, rules.trust);
  if ('value' in verdict) return verdict.value;
  const { problem, hint } = verdict;
  // Nobody is sent to rsync or ftp, and nothing connects to them: without such an address the mirror is as good.
  if (isForDnf(scheme)) remarks.fail(path, `${problem}: the mirror is left out`, hint);
  else remarks.warn(path, `${problem}: this address is left out`, hint);
  return undefined;
}

function countryOf({ country }: MirrorEntry, rules: MirrorRules, remarks: Remarks): string {
  const { text, path } = country;
  if (text === undefined) return '';
  const found = rules.countryOf(text);
  if (found === undefined) {
    remarks.warn(path, `${quoted(text)} is no country that is known`, 'write its ISO 3166-1 code, as in DE');
  } else if (!found.isCode) {
    remarks.warn(path, `${quoted(text)} is taken as ${found.code}`, `write ${found.code}`);
  }
  return found?.code ?? '';
}

function asnsOf({ asns, base }: MirrorEntry, remarks: Remarks): number[] {
  return asns.flatMap((text, at) => {
    const number = Number(/^(?:AS)?(\d{1,10})$/i.exec(text)?.[1]);
    if (number > 0 && number < 2 ** 32) return [number];
    const path = [...base, 'asn', ...(asns.length === 1 ? [] : [at])];
    remarks.fail(path, `${quoted(text)} is no AS number: it is left out`, 'write the number alone, as in 64496');
    return [];
  });
}

interface Networks {
  subnets: string[];
  networkLists: NetworkList[];
}

function networksOf({ subnets, cloud, base }: MirrorEntry, rules: MirrorRules, remarks: Remarks): Networks {
  const networks: Networks = { subnets: [], networkLists: [] };
  for (const [at, text] of subnets.entries()) {
    const isList = /^https?:/i.test(text);
    // What the check will connect to is judged like a mirror's own address.
    const verdict = isList ? mirrorAddress('https', text, rules.trust) : readSubnet(text);
    if ('problem' in verdict) {
      const path = [...base, 'subnets', ...(subnets.length === 1 ? [] : [at])];
      remarks.fail(path, `${verdict.problem}: it is left out`, verdict.hint);
    } else if (isList) networks.networkLists.push({ url: verdict.value, regions: [] });
    else networks.subnets.push(verdict.value);
  }
  if (cloud !== undefined) networks.networkLists.push(...cloudLists(cloud, base, remarks));
  return networks;
}

function cloudLists({ type, regions }: NonNullable<MirrorEntry['cloud']>, base: Path, remarks: Remarks): NetworkList[] {
  const list = listOfCloud(type, regions);
  if (list !== undefined) return [list];
  remarks.warn(
    [...base, 'cloud_type'],
    `${type} publishes no list that can be loaded`,
    'write its networks as subnets',
  );
  return [];
}

/** It becomes a link on public pages, so it must not be a script. */
function sponsorUrl({ sponsor, base }: MirrorEntry, remarks: Remarks): string {
  if (sponsor.url === '' || (/^https?:\/\//i.test(sponsor.url) && URL.canParse(sponsor.url))) return sponsor.url;
  const problem = `${quoted(sponsor.url)} is no address: the sponsor is shown without a link`;
  remarks.warn([...base, 'sponsor_url'], problem, 'write it with https://');
  return '';
}
