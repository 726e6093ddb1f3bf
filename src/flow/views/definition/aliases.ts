import { z } from 'zod';
import type { System } from '../../sightings/system.ts';
import type { Week } from '../../sightings/week.ts';
import { weekOfDay } from '../publication/week-name.ts';
import { readConfiguration } from './configuration-file.ts';
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
  is: z.array(z.string().min(1)).min(1, 'expected at least one spelling'),
  means: z.string().min(1),
  since: day.optional(),
});
const aliasFile = z.strictObject({ version: z.int().positive(), aliases: z.array(alias) });

/** Throws a ConfigurationError. */
export function readAliases(file: string, text: string): Aliases {
  const { version, aliases } = readConfiguration(file, text, aliasFile);
  const known = new Map(
    aliases.flatMap(({ field, is, means, since }) =>
      is.map((spelling) => [`${field}\0${spelling}`, { means, since: since === undefined ? 0 : weekOfDay(since) }]),
    ),
  );
  const canonical = (field: Alias['field'], spelling: string, week: Week) => {
    const found = known.get(`${field}\0${spelling}`);
    return found === undefined || week < found.since ? spelling : found.means;
  };
  return {
    version,
    entries: aliases,
    apply: (system, week) => ({
      client: canonical('client', system.client, week),
      osName: canonical('os', system.osName, week),
      osVersion: system.osVersion,
      osVariant: canonical('edition', system.osVariant.toLowerCase(), week),
      osArch: canonical('arch', system.osArch.toLowerCase(), week),
    }),
  };
}
