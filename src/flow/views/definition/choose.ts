import type { Week } from '../../sightings/week.ts';
import type { CubeCell } from '../../vault/vault.ts';
import type { Aliases } from './aliases.ts';
import type { Definition } from './definition.ts';
import { rolesBy } from './roles.ts';

/** The definition that counts most of these systems; undefined if none counts any. */
export function chooseDefinition(
  definitions: readonly Definition[],
  week: Week,
  cells: readonly CubeCell[],
  aliases: Aliases,
): Definition | undefined {
  let best: { definition: Definition; systems: number } | undefined;
  for (const definition of definitions) {
    const roleOf = rolesBy(definition);
    let systems = 0;
    for (const { system, request, hits } of cells) {
      const canonical = aliases.apply(system, week);
      const isCounted = definition.headline.includes(canonical.osName) && roleOf(canonical, request).kind === 'census';
      if (isCounted) systems += hits;
    }
    if (systems > (best?.systems ?? 0)) best = { definition, systems };
  }
  return best?.definition;
}
