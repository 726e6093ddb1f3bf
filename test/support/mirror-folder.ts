import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceConfiguration } from './mirror-service-configuration.ts';
import { type Random, seededRandom } from './random.ts';

/**
 * A made-up folder in AlmaLinux's form, with the size, fields and oddities of the real one in 2026. Hosts are under
 * example domains, networks and AS numbers are those kept for documentation and benchmarks.
 */
export interface MirrorFolder {
  /** The text of `config.yml`. */
  configuration: string;
  /** File name in `mirrors.d` -> text. */
  files: ReadonlyMap<string, string>;
  /** What each mirror was made with, in the order of the files. */
  mirrors: readonly PlannedMirror[];
}

export interface PlannedMirror {
  file: string;
  name: string;
  http: boolean;
  https: boolean;
  rsync: boolean;
  ftp: boolean;
  /** The address by http ends with a slash. */
  slash: boolean;
  kitten: 'address_optional' | 'address_options' | undefined;
  /** As it is written; null is written too; undefined: no geolocation at all. */
  country: string | null | undefined;
  /** A key of geolocation that nobody knows, as people wrote them. */
  strangeKey: 'City' | 'asn' | undefined;
  continent: boolean;
  private: boolean | undefined;
  monopoly: boolean | undefined;
  asns: readonly number[];
  /** A single number instead of a list. */
  plainAsn: boolean;
  subnets: readonly string[];
  cloud: 'aws' | 'gcp' | undefined;
  email: boolean;
  /** Not every sponsor_url is an address. */
  sponsorUrl: string;
  frequency: string;
  /** `---` above and `...` below. */
  marks: boolean;
}

export const MIRROR_COUNT = 530;

const CODES = (
  'US DE NL FR GB CA AU SG JP IT SE CH PL CZ AT ES RO BG UA RU TR IL ZA BR AR CL CO MX IN ID MY TH VN HK TW KR CN NZ ' +
  'NO FI DK BE LU IE PT GR HU SK SI HR RS BA MK MD LT LV EE BY KZ UZ AM GE AZ IR AE SA EG KE NG MA TN MU BD PK'
).split(' ');
/** As people write them. With the codes, 77 spellings. */
const COUNTRY_NAMES = ['Germany', 'Australia', 'UK'];
const DOMAINS = ['example.com', 'example.net', 'example.org'];
const PREFIXES = ['mirror', 'mirrors', 'almalinux', 'repo', 'ftp', 'almalinux.mirror'];
const FREQUENCIES: [string, number][] = [
  ['3h', 313],
  ['1h', 91],
  ['2h', 52],
  ['30m', 26],
  ['10m', 18],
  ['1d', 30],
];
/** RFC 5398. */
const ASNS = [
  ...Array.from({ length: 16 }, (_, at) => 64_496 + at),
  ...Array.from({ length: 16 }, (_, at) => 65_536 + at),
];
/** Of mirrors with networks, how many each has: 13 with 38. The first three are monopolies with single addresses. */
const SUBNETS: string[][] = [
  ['198.18.1.1/32'],
  ['198.18.2.7/32', '198.18.2.8/32'],
  ['2001:db8:9:1::/64', '198.18.3.64/26', '198.18.4.0/25', '2001:db8:9:2:8000::/65'],
  ['192.0.2.0/24'],
  ['198.51.100.0/24', '2001:db8:1::/48'],
  ['203.0.113.0/24', '198.18.16.0/20'],
  ['198.18.32.0/19'],
  ['198.19.0.0/24', '198.19.1.0/24', '198.19.2.0/24'],
  ['2001:db8:2::/48', '2001:db8:3::/48', '2001:db8:4::/48'],
  ['198.19.16.0/22', '2001:db8:5::/48', '198.19.20.0/24', '198.19.21.0/24'],
  ['198.19.64.0/18'],
  Array.from({ length: 12 }, (_, at) => `198.18.${100 + at}.0/24`),
  ['2001:db8:100::/40', '198.18.200.0/24'],
];

/** The same seed gives the same folder. */
export function mirrorFolder(seed = 1): MirrorFolder {
  const mirrors = planMirrors(seededRandom(seed)).sort((a, b) => (a.file < b.file ? -1 : 1));
  return {
    configuration: serviceConfiguration(),
    files: new Map(mirrors.map((mirror) => [mirror.file, mirrorFile(mirror)])),
    mirrors,
  };
}

/** Writes `config.yml` and `mirrors.d/` into a folder that is there. */
export function writeMirrorFolder(folder: string, seed = 1): MirrorFolder {
  const made = mirrorFolder(seed);
  mkdirSync(join(folder, 'mirrors.d'));
  writeFileSync(join(folder, 'config.yml'), made.configuration);
  for (const [file, text] of made.files) writeFileSync(join(folder, 'mirrors.d', file), text);
  return made;
}

function planMirrors(random: Random): PlannedMirror[] {
  const all = Array.from({ length: MIRROR_COUNT }, (_, at) => at);
  /** That many of these, drawn without putting back. */
  const draw = (count: number, from: readonly number[] = all) => new Set(shuffled(from, random).slice(0, count));
  const without = (taken: ReadonlySet<number>, from = all) => from.filter((at) => !taken.has(at));

  const noHttp = draw(22);
  const withHttp = without(noHttp);
  const noHttps = draw(33, withHttp);
  const withSubnets = [...draw(13)];
  const cloud = [...draw(2, without(new Set(withSubnets)))];
  const ordinary = without(new Set([...withSubnets, ...cloud]));
  const forced = draw(70, ordinary);
  const parked = draw(21, without(forced, ordinary));
  // Of the private ones that can be found by their networks; the last three of the 13 are no monopolies.
  const isPrivate = new Set([...parked, ...withSubnets.slice(-3), ...draw(2, [...forced])]);
  const saysPublic = draw(74, without(isPrivate));
  const monopolies = new Set([withSubnets[0]!, withSubnets[1]!, withSubnets[2]!]);
  const saysShared = draw(64, without(monopolies));
  const located = draw(449);
  const countries = dealt(located, countrySpellings(located.size, random));
  const frequencies = dealt(
    all,
    FREQUENCIES.flatMap(([text, count]) => Array<string>(count).fill(text)),
    random,
  );
  const [strangeCity, strangeAsn] = [...draw(2, [...located])];
  const [typo, ...kitten] = [...draw(50)];
  const [slash, rsync, ftp, otherName, email] = [draw(398, withHttp), draw(263), draw(48), draw(36), draw(526)];
  const [continent, plainAsn, marks, noUrl] = [draw(60, [...located]), draw(30, [...forced]), draw(430), draw(6)];

  return all.map((at) => {
    const name = `${random.pick(PREFIXES)}${String(at).padStart(3, '0')}.${random.pick(DOMAINS)}`;
    return {
      file: `${otherName.has(at) ? `sponsor-${String(at).padStart(3, '0')}` : name}.yml`,
      name,
      http: !noHttp.has(at),
      https: !noHttps.has(at),
      rsync: rsync.has(at),
      ftp: ftp.has(at),
      slash: slash.has(at),
      kitten: at === typo ? 'address_options' : kitten.includes(at) ? 'address_optional' : undefined,
      country: countries.get(at),
      strangeKey: at === strangeCity ? 'City' : at === strangeAsn ? 'asn' : undefined,
      continent: continent.has(at),
      private: isPrivate.has(at) ? true : saysPublic.has(at) ? false : undefined,
      monopoly: monopolies.has(at) ? true : saysShared.has(at) ? false : undefined,
      asns: forced.has(at) ? shuffled(ASNS, random).slice(0, plainAsn.has(at) ? 1 : 1 + random.below(4)) : [],
      plainAsn: plainAsn.has(at),
      subnets: SUBNETS[withSubnets.indexOf(at)] ?? [],
      cloud: at === cloud[0] ? 'aws' : at === cloud[1] ? 'gcp' : undefined,
      email: email.has(at),
      sponsorUrl: noUrl.has(at) ? name : `https://www.${name}/`,
      frequency: frequencies.get(at)!,
      marks: marks.has(at),
    } satisfies PlannedMirror;
  });
}

/** Each spelling at least once, five nulls, the rest among the first dozen countries, the first most of all. */
function countrySpellings(count: number, random: Random): (string | null)[] {
  const once = [...CODES.slice(0, 77 - COUNTRY_NAMES.length), ...COUNTRY_NAMES];
  const rest = Array.from({ length: count - once.length - 5 }, () =>
    random.chance(0.35) ? CODES[0]! : CODES[random.below(12)]!,
  );
  return shuffled([...once, ...rest, ...Array<null>(5).fill(null)], random);
}

function dealt<Value>(places: Iterable<number>, values: readonly Value[], random?: Random): Map<number, Value> {
  const order = random === undefined ? values : shuffled(values, random);
  return new Map([...places].map((place, at) => [place, order[at]!]));
}

function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}

function mirrorFile(mirror: PlannedMirror): string {
  const { name, frequency, asns, subnets, cloud } = mirror;
  const lines = [
    `name: ${name}`,
    'address:',
    ...addresses(mirror, '/almalinux', 2),
    ...(mirror.kitten === undefined
      ? []
      : [`${mirror.kitten}:`, '  kitten:', ...addresses(mirror, '/almalinux-kitten', 4)]),
    `update_frequency: ${frequency}`,
    `sponsor: Sponsor of ${name}`,
    `sponsor_url: ${mirror.sponsorUrl}`,
    ...(mirror.email ? [`email: mirror@${name}`] : []),
    ...geolocation(mirror),
    ...(mirror.private === undefined ? [] : [`private: ${mirror.private}`]),
    ...(mirror.monopoly === undefined ? [] : [`monopoly: ${mirror.monopoly}`]),
    ...(mirror.plainAsn ? [`asn: ${asns[0]}`] : list('asn', asns)),
    ...list('subnets', subnets),
    ...(cloud === undefined ? [] : [`cloud_type: ${cloud}`, ...list('cloud_regions', ['all'])]),
  ];
  return `${(mirror.marks ? ['---', ...lines, '...'] : lines).join('\n')}\n`;
}

function addresses(mirror: PlannedMirror, path: string, indent: number): string[] {
  const schemes = (['http', 'https', 'rsync', 'ftp'] as const).filter((scheme) => mirror[scheme]);
  return schemes.map((scheme) => {
    const slash = scheme !== 'http' || mirror.slash ? '/' : '';
    return `${' '.repeat(indent)}${scheme}: ${scheme}://${mirror.name}${path}${slash}`;
  });
}

function geolocation({ country, strangeKey, continent }: PlannedMirror): string[] {
  if (country === undefined) return [];
  return [
    'geolocation:',
    ...(continent ? ['  continent: Somewhere'] : []),
    // As in the real folder, where somebody knew of Norway.
    `  country: ${country === 'NO' ? "'NO'" : country}`,
    '  state_province: Example State',
    ...(strangeKey === 'City' ? ['  City: Example City'] : ['  city: Example City']),
    ...(strangeKey === 'asn' ? ['  asn: 64496'] : []),
  ];
}

function list(key: string, values: readonly (string | number)[]): string[] {
  return values.length === 0 ? [] : [`${key}:`, ...values.map((value) => `  - ${value}`)];
}
