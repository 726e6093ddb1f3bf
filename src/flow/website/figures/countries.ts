import { isWithheld } from '../../views/publication/tables.ts';
import type { Territories } from '../context.ts';
import { divided, type Figure, rowsOf, scaled } from './figure.ts';
import type { CountedWeek, Tables } from './tables.ts';

/** `country`: with a name on the map. `rest`: the countries of a continent, or of the world, too small to be named. */
export interface CountryFigure {
  code: string;
  kind: 'country' | 'rest' | 'unknown';
  systems: Figure;
  /** Systems for 100,000 people; undefined where the population is not known. */
  perPeople: Figure | undefined;
}

export const PEOPLE = 100_000;
const UNKNOWN = 'ZZ';

/** Of a week, most systems first; rests and the unknown at the end. */
export function countriesOf(tables: Tables, week: CountedWeek, { territories }: Territories): CountryFigure[] {
  const sums = new Map<string, number>();
  for (const row of tables.publication.countries)
    if (row.week === week.week) sums.set(row.country, (sums.get(row.country) ?? 0) + row.systems);
  const figures = Array.from(sums, ([code, value]): CountryFigure => {
    const systems = { value, of: rowsOf('countries', { week_start: week.monday, country: code }, 'systems') };
    const population = territories[code]?.population ?? 0;
    return {
      code,
      kind: code === UNKNOWN ? 'unknown' : isWithheld(code) || /^\d{3}$/.test(code) ? 'rest' : 'country',
      systems,
      perPeople: population > 0 ? divided(scaled(systems, PEOPLE), population) : undefined,
    };
  });
  const order = { country: 0, rest: 1, unknown: 2 };
  return figures.sort(
    (a, b) => order[a.kind] - order[b.kind] || b.systems.value - a.systems.value || (a.code < b.code ? -1 : 1),
  );
}

/** Of every week; null where the country has no row. */
export function countryValues({ publication }: Tables, code: string): (number | null)[] {
  const rows = Map.groupBy(
    publication.countries.filter(({ country }) => country === code),
    ({ week }) => week,
  );
  return publication.weeks.map(({ week }) => rows.get(week)?.reduce((sum, { systems }) => sum + systems, 0) ?? null);
}
