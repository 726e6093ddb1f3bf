import { z } from 'zod';
import type { Mirror, Scheme } from '../catalogue.ts';
import type { Path, Remarks } from './finding.ts';
import { type MirrorEntry, type MirrorRules, mirrorOf, type WrittenAddress } from './mirror-entry.ts';
import { CLOUDS } from './network-list.ts';
import { decimal, flag, readShape, text, texts } from './shapes.ts';
import { readYaml, warnOfUnknownKeys, type YamlFile } from './yaml-file.ts';

const SCHEMES: readonly Scheme[] = ['http', 'https', 'rsync', 'ftp'];
const addresses = z.looseObject({
  http: text.optional(),
  https: text.optional(),
  rsync: text.optional(),
  ftp: text.optional(),
});
const geolocation = z.looseObject({
  continent: text.optional(),
  country: text.optional(),
  state_province: text.optional(),
  city: text.default(''),
  latitude: decimal(-90, 90).optional(),
  longitude: decimal(-180, 180).optional(),
});
const mirrorFile = z.looseObject({
  name: text,
  address: addresses,
  address_optional: z.record(z.string(), addresses).default({}),
  update_frequency: text.default(''),
  sponsor: text.default(''),
  sponsor_url: text.default(''),
  email: text.optional(),
  geolocation: geolocation.prefault({}),
  asn: texts,
  subnets: texts,
  private: flag.default(false),
  monopoly: flag.default(false),
  cloud_type: z.enum(CLOUDS, `expected ${CLOUDS.join(', ')}`).optional(),
  cloud_regions: texts,
  weight: decimal(0, 1_000_000).default(1),
});
type MirrorFile = z.infer<typeof mirrorFile>;

const HINTS = {
  name: 'write name: and the host, as in mirror.example.org',
  address: 'write address: with http: or https: below it',
  address_optional: 'write the module, as in kitten:, with addresses below it',
  geolocation: 'write geolocation: with country: below it',
  private: 'a mirror whose privacy is not certain is left out',
  monopoly: 'write true or false',
  '': 'write name:, address: and the other keys of a mirror',
};

/** Far more than any mirror needs: what a stranger proposes must cost a reviewer's machine no more than a moment. */
const LONGEST_MIRROR = 131_072;

/** A file of `mirrors.d`; the mirror is undefined if it must be left out. */
export function readMirrorFile(file: string, content: string, rules: MirrorRules): YamlFile & { mirror?: Mirror } {
  const yaml = readYaml(file, content, LONGEST_MIRROR);
  if (yaml.errors.length > 0) return yaml;
  const written = readShape(mirrorFile, yaml.value, HINTS, yaml.remarks);
  if (written === undefined) return yaml;
  warnOfStrangeKeys(written, yaml.remarks);
  const mirror = mirrorOf(entryOf(file, written), rules, yaml.remarks);
  return mirror === undefined ? yaml : { ...yaml, mirror };
}

function warnOfStrangeKeys(written: MirrorFile, remarks: Remarks): void {
  warnOfUnknownKeys(written, Object.keys(mirrorFile.shape), [], remarks);
  warnOfUnknownKeys(written.geolocation, Object.keys(geolocation.shape), ['geolocation'], remarks);
  warnOfUnknownKeys(written.address, SCHEMES, ['address'], remarks);
  for (const [module, given] of Object.entries(written.address_optional)) {
    warnOfUnknownKeys(given, SCHEMES, ['address_optional', module], remarks);
  }
}

function entryOf(file: string, written: MirrorFile): MirrorEntry {
  const { latitude, longitude, country, city } = written.geolocation;
  return {
    file,
    base: [],
    name: written.name,
    addresses: [
      ...writtenAddresses(written.address, undefined, ['address']),
      ...Object.entries(written.address_optional).flatMap(([module, given]) =>
        writtenAddresses(given, module, ['address_optional', module]),
      ),
    ],
    country: { text: country, path: ['geolocation', 'country'] },
    city,
    place: latitude === undefined || longitude === undefined ? undefined : { latitude, longitude },
    isPrivate: written.private,
    isMonopoly: written.monopoly,
    asns: written.asn,
    subnets: written.subnets,
    cloud: written.cloud_type && { type: written.cloud_type, regions: written.cloud_regions },
    weight: written.weight,
    sponsor: { name: written.sponsor, url: written.sponsor_url },
    updateFrequency: written.update_frequency,
  };
}

function writtenAddresses(given: MirrorFile['address'], module: string | undefined, path: Path): WrittenAddress[] {
  return SCHEMES.flatMap((scheme) => {
    const address = given[scheme];
    return address === undefined ? [] : [{ scheme, text: address, module, path: [...path, scheme] }];
  });
}
