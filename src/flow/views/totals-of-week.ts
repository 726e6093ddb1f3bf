import type { Week } from '../sightings/week.ts';
import { exactHits } from '../tallies/log-tally.ts';
import type { CubeCell } from '../vault/vault.ts';
import { passedOnCell } from './publication/passed-on-cells.ts';
import { sortTotals, type TotalsRow } from './totals.ts';

/**
 * A week's cells as rows of Fedora's schema: clients and countries are summed, rows sorted (X1 to X3). Names are those that
 * a published file may hold: totals are opened in spreadsheets and sent on too.
 */
export function totalsOf(week: Week, cells: Iterable<CubeCell>): TotalsRow[] {
  const rows = new Map<string, TotalsRow>();
  for (const cell of cells) {
    const { system, request, hits } = passedOnCell(cell);
    const { osName, osVersion, osVariant, osArch } = system;
    const { age, repoTag, repoArch } = request;
    const key = [osName, osVersion, osVariant, osArch, age, repoTag, repoArch].join('\0');
    const row = rows.get(key);
    if (row !== undefined) row.hits = exactHits(row.hits + hits);
    else rows.set(key, { week, hits, osName, osVersion, osVariant, osArch, sysAge: age, repoTag, repoArch });
  }
  return sortTotals([...rows.values()]);
}
