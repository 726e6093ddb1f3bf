import type { Mirror } from '../catalogue.ts';
import type { Finding } from './finding.ts';
import type { LoadedWithOrigins, Origin } from './load.ts';
import { prefixLength } from './subnet.ts';

/** What a reviewer of a mirror should know, beside what the loading finds. All of it can be meant. */
export function lintMirrors({ origins }: Pick<LoadedWithOrigins, 'origins'>): Finding[] {
  return [
    ...origins.flatMap((origin) =>
      RULES.flatMap((rule) => {
        const complaint = rule(origin.mirror, origin);
        return complaint === undefined ? [] : [findingOf(origin, complaint)];
      }),
    ),
    ...sharedAddresses(origins),
  ];
}

interface Complaint {
  key: string;
  message: string;
  hint: string;
}
type Rule = (mirror: Mirror, origin: Origin) => Complaint | undefined;

const RULES: readonly Rule[] = [
  parked,
  monopolyOfNobody,
  monopolyBySystem,
  wideMonopoly,
  nowhere,
  plainOnly,
  otherName,
];

function parked(mirror: Mirror): Complaint | undefined {
  if (!mirror.isPrivate || hasNetworks(mirror)) return undefined;
  return {
    key: 'private',
    message: 'is private and has neither subnets nor asn: it is parked, nobody is ever sent to it',
    hint: 'write its subnets or asn, or remove the file',
  };
}

function monopolyOfNobody(mirror: Mirror): Complaint | undefined {
  if (!mirror.isMonopoly || hasNetworks(mirror)) return undefined;
  return {
    key: 'monopoly',
    message: 'is a monopoly and has neither subnets nor asn: it is one of many for everybody',
    hint: 'write the subnets whose systems shall use it alone, or remove monopoly',
  };
}

function hasNetworks({ subnets, asns, networkLists }: Mirror): boolean {
  return subnets.length > 0 || asns.length > 0 || networkLists !== undefined;
}

function monopolyBySystem({ isMonopoly, asns }: Mirror): Complaint | undefined {
  if (!isMonopoly || asns.length === 0) return undefined;
  return {
    key: 'monopoly',
    message: `is a monopoly wider than its subnets: all systems in AS${asns.join(', AS')} get this mirror alone`,
    hint: 'remove asn if only the subnets are meant',
  };
}

/** What one organisation has at most, as a rule. */
const WIDE = { v4: 16, v6: 32 };

function wideMonopoly({ isMonopoly, subnets }: Mirror): Complaint | undefined {
  const wide = subnets.filter((subnet) => prefixLength(subnet) < (subnet.includes(':') ? WIDE.v6 : WIDE.v4));
  if (!isMonopoly || wide.length === 0) return undefined;
  return {
    key: 'monopoly',
    message: `is a monopoly over ${wide.join(', ')}: all systems there get this mirror alone, working or not`,
    hint: 'write the networks of the organisation alone, or remove monopoly',
  };
}

function nowhere({ country, isPrivate, place }: Mirror, { yaml, base }: Origin): Complaint | undefined {
  // A country that is there and unknown has been told already.
  if (isPrivate || country !== '' || place !== undefined || hasUnknownCountry(yaml, base)) return undefined;
  return {
    key: base.length === 0 ? 'geolocation' : 'country',
    message: 'has no country: where it is will be guessed from its address',
    hint: base.length === 0 ? 'write geolocation: with country: below it' : 'write country: and its ISO 3166-1 code',
  };
}

function hasUnknownCountry({ warnings }: Origin['yaml'], base: Origin['base']): boolean {
  const start = base.length === 0 ? 'geolocation.country' : `mirrors[${String(base[1])}].country`;
  return warnings.some(({ path }) => path === start);
}

function plainOnly({ addresses, isPrivate }: Mirror): Complaint | undefined {
  if (isPrivate || addresses.https !== undefined) return undefined;
  return {
    key: 'address',
    message: 'has no https: those who ask for protocol=https never get it',
    hint: 'write an https address if there is one',
  };
}

function otherName({ name, file }: Mirror, { base }: Origin): Complaint | undefined {
  const stem = file.slice(file.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');
  if (base.length > 0 || stem.toLowerCase() === name) return undefined;
  return { key: 'name', message: `${name} stands in a file of another name`, hint: `rename the file ${name}.yml` };
}

function findingOf({ mirror, yaml, base }: Origin, { key, message, hint }: Complaint): Finding {
  const path = base.length === 0 ? key : `mirrors[${String(base[1])}].${key}`;
  return { file: mirror.file, ...yaml.place([...base, key]), path, message, hint };
}

/** The same copy twice would be counted as two mirrors, and fail as two. */
function sharedAddresses(origins: readonly Origin[]): Finding[] {
  const first = new Map<string, Origin>();
  return origins.flatMap((origin) => {
    const findings: Finding[] = [];
    for (const address of dnfAddresses(origin.mirror)) {
      const before = first.get(address);
      if (before === undefined) first.set(address, origin);
      else {
        const message = `${address} is an address of ${before.mirror.name} in ${before.mirror.file} too`;
        const key = origin.base.length === 0 ? 'address' : 'url';
        findings.push(findingOf(origin, { key, message, hint: 'remove one of the two' }));
      }
    }
    return findings;
  });
}

function dnfAddresses({ addresses }: Mirror): string[] {
  return [addresses.http, addresses.https].filter((address) => address !== undefined);
}
