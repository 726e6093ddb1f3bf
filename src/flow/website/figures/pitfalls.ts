import { difference, type Figure, ratio, rowsOf } from './figure.ts';
import { type CountedWeek, countSystems, systemsOf, type Tables, weekFigure } from './tables.ts';

/** How large the known errors were in a week. Undefined where they cannot be measured. */
export interface PitfallSizes {
  hitsPerSystem: Figure | undefined;
  disagreement: Figure | undefined;
  shortLived: Figure | undefined;
  unknownAgents: Figure | undefined;
  imageBased: Figure | undefined;
  crossRelease: Figure | undefined;
  excluded: Figure | undefined;
  hiddenVersions: Figure | undefined;
  coverage: Figure | undefined;
  implausible: Figure | undefined;
}

export function pitfallSizes(tables: Tables, week: CountedWeek): PitfallSizes {
  const whole = systemsOf(week);
  const fresh = weekFigure(week, 'newOrShortLived');
  return {
    hitsPerSystem: ratio(hitsOf(tables, week), whole),
    disagreement: disagreementOf(week),
    shortLived: fresh && ratio(fresh, whole),
    unknownAgents: weekFigure(week, 'uaUnknownShare'),
    imageBased: ratio(countSystems(tables, week, { client: ['rpm-ostree'] }), whole),
    crossRelease: weekFigure(week, 'crossRelease'),
    excluded: weekFigure(week, 'excluded'),
    hiddenVersions: ratio(countSystems(tables, week, { version: ['withheld'] }), whole),
    coverage: weekFigure(week, 'coverage'),
    implausible: weekFigure(week, 'ageImplausible'),
  };
}

/** The most of the repositories that every system has, less the least, as a share of the systems. */
export function disagreementOf(week: CountedWeek): Figure | undefined {
  const [low, high] = [weekFigure(week, 'low'), weekFigure(week, 'high')];
  return low && high && ratio(difference(high, low), systemsOf(week));
}

/** All check-ins of the headline's systems, in whatever repository. */
function hitsOf({ publication }: Tables, week: CountedWeek): Figure {
  const names = publication.distribution.headline;
  const rows = publication.totals.of(week.week).filter((row) => names.includes(row.osName));
  return {
    value: rows.reduce((sum, { hits }) => sum + hits, 0),
    of: rowsOf('totals', { week_start: week.monday, os_name: names }, 'hits'),
  };
}
