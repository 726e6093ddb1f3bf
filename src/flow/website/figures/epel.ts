import { OTHER } from '../../views/publication/tables.ts';
import { type Figure, rowsOf } from './figure.ts';
import type { CountedWeek, Tables } from './tables.ts';

/** Systems of two weeks and more that use one release of EPEL, by their os, in every week. */
export interface EpelRelease {
  release: string;
  /** Most in the shown week first. */
  systems: readonly { os: string; values: readonly (number | null)[] }[];
}

/** A roll-out makes everything look new: the youngest say nothing about who uses EPEL. */
const AGES = [2, 3, 4];

export function epelReleases({ publication, shown }: Tables): EpelRelease[] {
  const { weeks, epel } = publication;
  const now = weeks.findIndex(({ week }) => week === shown?.week);
  const byRelease = Map.groupBy(
    epel.filter(({ age }) => AGES.includes(Number(age))),
    ({ release }) => release,
  );
  return Array.from(byRelease, ([release, rows]) => {
    const systems = Array.from(
      Map.groupBy(rows, ({ os }) => os),
      ([os, own]) => {
        const byWeek = Map.groupBy(own, ({ week }) => week);
        const values = weeks.map(({ week }) => byWeek.get(week)?.reduce((sum, row) => sum + row.systems, 0) ?? null);
        return { os, values };
      },
    );
    const rank = ({ os, values }: (typeof systems)[number]) => (os === OTHER ? -1 : (values[now] ?? 0));
    return { release, systems: systems.sort((a, b) => rank(b) - rank(a) || (a.os < b.os ? -1 : 1)) };
  }).sort((a, b) => Number(b.release) - Number(a.release) || (a.release < b.release ? 1 : -1));
}

/** `monday` may be `*`. Without `os`: of the whole release. */
export function epelFormula(monday: string, release: string, os?: string): string {
  return rowsOf('epel', { week_start: monday, release, ...(os === undefined ? {} : { os }), age: AGES }, 'systems');
}

export function epelFigure(tables: Tables, week: CountedWeek, { release, systems }: EpelRelease, os?: string): Figure {
  const place = tables.publication.weeks.findIndex((other) => other.week === week.week);
  const counted = os === undefined ? systems : systems.filter((own) => own.os === os);
  const value = counted.reduce((sum, { values }) => sum + (values[place] ?? 0), 0);
  return { value, of: epelFormula(week.monday, release, os) };
}
