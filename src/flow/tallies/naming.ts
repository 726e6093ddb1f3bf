import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';

/** The fields in which strangers name things. */
export const NAME_FIELDS = ['osName', 'osVersion', 'osVariant', 'osArch', 'repoTag', 'repoArch'] as const;
export type NameField = (typeof NAME_FIELDS)[number];

/** Names that are kept whatever else is named: they take no room from others. Plain data, so that threads can share it. */
export interface KeptNames {
  values: Readonly<Record<NameField, readonly string[]>>;
  /** What is kept by its look. Each must be matched by few texts. */
  patterns: Readonly<Record<NameField, readonly RegExp[]>>;
  /** Systems and requests of kept values that are kept too. */
  systems: readonly System[];
  requests: readonly Request[];
}

/**
 * Which names a log may bring (C5). The `first` others are named as long as there is room, where lines cannot be read a
 * second time; or `none`, where it is known by a first reading which are heavy. `stop`: where there is no room for one,
 * reading ends, because it is worth a second.
 */
export interface Naming {
  kept: KeptNames;
  others: 'first' | 'none' | 'stop';
}

/** Of a reading that ended: the log names more than it may. */
export class TooManyNames extends Error {
  override readonly name = 'TooManyNames';
}

/** The architectures that are published (R1). */
export const ARCHES = [
  'aarch64',
  'armhfp',
  'armv7l',
  'i386',
  'i686',
  'loongarch64',
  'ppc64',
  'ppc64le',
  'riscv64',
  's390x',
  'x86_64',
  'x86_64_v2',
];

/** `9`, `9.6`, `43`: ten thousand at most, and those of systems to come. */
export const VERSION = /^\d{1,2}(\.\d{1,2})?$/;

/** What is kept of any distribution. */
export const PLAIN_NAMES: KeptNames = {
  values: {
    osName: [],
    osVersion: ['rawhide'],
    osVariant: [],
    osArch: ARCHES,
    repoTag: [],
    repoArch: [...ARCHES, 'noarch'],
  },
  patterns: { osName: [], osVersion: [VERSION], osVariant: [], osArch: [], repoTag: [], repoArch: [] },
  systems: [],
  requests: [],
};

/** A value for each field. */
export function byField<Value>(of: (field: NameField) => Value): Record<NameField, Value> {
  return Object.fromEntries(NAME_FIELDS.map((field) => [field, of(field)])) as Record<NameField, Value>;
}

export const NO_NAMES: KeptNames = {
  values: byField(() => []),
  patterns: byField(() => []),
  systems: [],
  requests: [],
};

export function joinKept(...all: readonly KeptNames[]): KeptNames {
  return {
    values: byField((field) => [...new Set(all.flatMap(({ values }) => values[field]))]),
    patterns: byField((field) => all.flatMap(({ patterns }) => patterns[field])),
    systems: all.flatMap(({ systems }) => systems),
    requests: all.flatMap(({ requests }) => requests),
  };
}

/** What tells a system from others. Names hold no control characters (S1). */
export function systemKey({ client, osName, osVersion, osVariant, osArch }: System): string {
  return [client, osName, osVersion, osVariant, osArch].join('\n');
}

export function requestKey({ age, repoTag, repoArch }: Request): string {
  return [age, repoTag, repoArch].join('\n');
}

/** Of what is heavy or familiar, so many values of each field are kept, and so many systems and requests (C5). */
export const MOST_VALUES = 512;
export const MOST_PAIRS = 4_096;

/** Of these the systems and requests all of whose values are kept. */
export function withKeptValues(
  { systems, requests }: Pick<KeptNames, 'systems' | 'requests'>,
  isKept: (field: NameField, value: string) => boolean,
): Pick<KeptNames, 'systems' | 'requests'> {
  return {
    systems: systems.filter(
      ({ osName, osVersion, osVariant, osArch }) =>
        isKept('osName', osName) &&
        isKept('osVersion', osVersion) &&
        isKept('osVariant', osVariant) &&
        isKept('osArch', osArch),
    ),
    requests: requests.filter(({ repoTag, repoArch }) => isKept('repoTag', repoTag) && isKept('repoArch', repoArch)),
  };
}
