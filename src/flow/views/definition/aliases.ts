import { z } from 'zod';
import type { System } from '../../sightings/system.ts';
import type { Week } from '../../sightings/week.ts';
import { weekOfDay } from '../publication/week-name.ts';
import { type Mistake, readConfiguration } from './configuration-file.ts';
import { day } from './day.ts';

/** Which spellings mean the same. One versioned file, `aliases.yaml`, shown on the methodology page. */
export interface Aliases {
  version: number;
  entries: readonly Alias[];
  /** The system under its canonical names. Editions and arches in small letters (Q: `KDE` is `kde`). */
  apply(system: System, week: Week): System;
}

export type Alias = z.infer<typeof alias>;

const alias = z.strictObject({
  field: z.enum(['os', 'arch', 'client', 'edition']),
  is: z.array(z.string()).min(1, 'expected at least one spelling'),
  means: z.string().min(1),
  since: day.optional(),
});
const aliasFile = z.strictObject({ version: z.int().positive(), aliases: z.array(alias) });

/** Throws a ConfigurationError. */
export function readAliases(file: string, text: string): Aliases {
  const { version, aliases } = readConfiguration(file, text, aliasFile, contradictions);
  const known = new Map(
    aliases.flatMap(({ field, is, means, since }) =>
      is.map((spelling) => [`${field}\0${spelling}`, { means, since: since === undefined ? 0 : weekOfDay(since) }]),
    ),
  );
  const canonical = (field: Alias['field'], spelling: string, week: Week) => {
    const found = known.get(`${field}\0${spelling}`);
    return found === undefined || week < found.since ? spelling : found.means;
  };
  const canonicalSystem = (system: System, week: Week): System => ({
    client: canonical('client', system.client, week),
    osName: canonical('os', system.osName, week),
    osVersion: system.osVersion,
    osVariant: canonical('edition', system.osVariant.toLowerCase(), week),
    osArch: canonical('arch', system.osArch.toLowerCase(), week),
  });
  // A week is read cell by cell, and a system has many of them.
  let latest: { week: Week; systems: Map<System, System> } | undefined;
  return {
    version,
    entries: aliases,
    apply: (system, week) => {
      if (latest?.week !== week) latest = { week, systems: new Map() };
      const known = latest.systems.get(system);
      if (known !== undefined) return known;
      const found = canonicalSystem(system, week);
      latest.systems.set(system, found);
      return found;
    },
  };
}

/** Names are looked up once: of two meanings one would be lost, and a meaning of a meaning would not be found. */
function contradictions({ aliases }: z.infer<typeof aliasFile>): Mistake[] {
  const spellings = aliases.flatMap(({ field, is }, at) =>
    is.map((spelling, place) => ({ field, spelling, path: ['aliases', at, 'is', place] })),
  );
  const keyOf = (field: Alias['field'], spelling: string) => `${field}\0${spelling}`;
  const first = new Map(spellings.toReversed().map((each) => [keyOf(each.field, each.spelling), each]));
  const repeated = spellings.flatMap((each) =>
    first.get(keyOf(each.field, each.spelling)) !== each
      ? [
          {
            path: each.path,
            message: `${JSON.stringify(each.spelling)} has a meaning already: a spelling can have one only`,
          },
        ]
      : [],
  );
  const chained = aliases.flatMap(({ field, means }, at) =>
    first.has(keyOf(field, means))
      ? [
          {
            path: ['aliases', at, 'means'],
            message: `${JSON.stringify(means)} is a spelling itself: name what it means`,
          },
        ]
      : [],
  );
  return [...repeated, ...chained];
}
