import { joinKept, type KeptNames, NO_NAMES, PLAIN_NAMES } from '../../tallies/naming.ts';
import type { Aliases } from './aliases.ts';
import type { CensusRule, Definition } from './definition.ts';

/** Names of definitions, in every spelling: no flood of others takes their place (C5). */
export function keptNames(definitions: readonly Definition[], aliases: Aliases): KeptNames {
  const spelled = (field: 'os' | 'arch' | 'edition', names: readonly string[]) => [
    ...names,
    ...aliases.entries.flatMap(({ field: of, is, means }) => (of === field && names.includes(means) ? is : [])),
  ];
  const names = definitions.flatMap((definition) => [
    ...definition.headline,
    ...definition.names,
    ...definition.census.flatMap((rule) => rule.names ?? []),
    ...definition.releases.map(({ os }) => os),
  ]);
  const editions = definitions.flatMap((definition) => definition.editions);
  const arches = spelled('arch', PLAIN_NAMES.values.osArch);
  return joinKept(PLAIN_NAMES, {
    values: {
      ...NO_NAMES.values,
      osName: spelled('os', names),
      // Clients also write them with a capital.
      osVariant: spelled('edition', editions).flatMap((edition) => [edition, capital(edition)]),
      osArch: arches,
      repoArch: arches,
    },
    patterns: { ...NO_NAMES.patterns, repoTag: definitions.flatMap(tagPatterns) },
    systems: [],
    requests: [],
  });
}

function tagPatterns({ census, epel, optional }: Definition): RegExp[] {
  const rules: Pick<CensusRule, 'repository' | 'crosschecks'>[] = epel === undefined ? census : [...census, epel];
  const patterns = [
    ...rules.flatMap(({ repository, crosschecks }) => [...repository, ...crosschecks.flat()]),
    ...optional,
  ];
  return patterns.map(({ expression }) => expression);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
