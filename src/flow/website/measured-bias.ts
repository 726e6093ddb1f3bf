/** What `rollcall bias --json` prints, and what the methodology page shows. */
export interface MeasuredBias {
  /** The command that gives exactly these numbers. */
  command: string;
  /** Systems in each fleet, about, and weeks that were measured. */
  systems: number;
  weeks: number;
  seed: number;
  /** One for each fleet and estimator, fleet by fleet. */
  rows: readonly BiasRow[];
  /** One for each fleet: what comparing repositories says there. */
  disagreements: readonly Disagreement[];
}

/** By how much the repositories that every system has disagree, and whether that tells anything of the truth. */
export interface Disagreement {
  fleet: MeasuredFleet;
  /** The most less the least, in percent of the census: the median over the weeks, to one decimal. */
  percent: number;
  /** The weeks in which the truth lay between the least and the most. */
  weeksAround: number;
}

/** How far an estimate is above (or, if negative, below) the true number of active systems of a week, in percent. */
export interface BiasRow {
  fleet: MeasuredFleet;
  estimator: Estimator;
  /** The median over the weeks, and the weeks with the least and the most; to one decimal. */
  percent: number;
  least: number;
  most: number;
}

export type MeasuredFleet =
  | 'servers'
  | 'laptops'
  | 'containers'
  | 'nat'
  | 'release-week'
  | 'rarely-on'
  | 'by-hand'
  | 'own-mirrors'
  | 'fixed-addresses'
  | 'switched-off';
export type Estimator = 'sum-over-repositories' | 'base-repository' | 'census' | 'addresses-per-day';

/** What `rollcall bias` gives without options. A slow test runs it again and compares. */
export const MEASURED_BIAS: MeasuredBias = {
  command: 'rollcall bias --systems 4000 --weeks 8 --seed 1',
  systems: 4000,
  weeks: 8,
  seed: 1,
  rows: [
    { fleet: 'servers', estimator: 'sum-over-repositories', percent: 233.3, least: 232.3, most: 234 },
    { fleet: 'servers', estimator: 'base-repository', percent: -4.7, least: -5.4, most: -4.4 },
    { fleet: 'servers', estimator: 'census', percent: -5.1, least: -5.7, most: -4.8 },
    { fleet: 'servers', estimator: 'addresses-per-day', percent: -10.7, least: -11.2, most: -10.5 },
    { fleet: 'laptops', estimator: 'sum-over-repositories', percent: 211.1, least: 209.8, most: 212.2 },
    { fleet: 'laptops', estimator: 'base-repository', percent: -15.3, least: -15.8, most: -14.7 },
    { fleet: 'laptops', estimator: 'census', percent: -15.3, least: -15.8, most: -14.7 },
    { fleet: 'laptops', estimator: 'addresses-per-day', percent: -43.6, least: -43.9, most: -43.4 },
    { fleet: 'containers', estimator: 'sum-over-repositories', percent: 4.9, least: 3.9, most: 9.3 },
    { fleet: 'containers', estimator: 'base-repository', percent: -65.9, least: -67.2, most: -64.3 },
    { fleet: 'containers', estimator: 'census', percent: -65.9, least: -67.2, most: -64.3 },
    { fleet: 'containers', estimator: 'addresses-per-day', percent: -91.3, least: -91.4, most: -91.1 },
    { fleet: 'nat', estimator: 'sum-over-repositories', percent: 226.9, least: 226, most: 228.9 },
    { fleet: 'nat', estimator: 'base-repository', percent: -7.4, least: -7.8, most: -6.9 },
    { fleet: 'nat', estimator: 'census', percent: -7.8, least: -8.3, most: -7.3 },
    { fleet: 'nat', estimator: 'addresses-per-day', percent: -91.9, least: -92.1, most: -91.9 },
    { fleet: 'release-week', estimator: 'sum-over-repositories', percent: 287.7, least: 285.8, most: 291.3 },
    { fleet: 'release-week', estimator: 'base-repository', percent: 7.7, least: 6.3, most: 8.7 },
    { fleet: 'release-week', estimator: 'census', percent: -1.4, least: -2.6, most: -0.3 },
    { fleet: 'release-week', estimator: 'addresses-per-day', percent: -36.8, least: -37.2, most: -36.3 },
    { fleet: 'rarely-on', estimator: 'sum-over-repositories', percent: 84.6, least: 79.8, most: 88.1 },
    { fleet: 'rarely-on', estimator: 'base-repository', percent: -49, least: -50.5, most: -48.6 },
    { fleet: 'rarely-on', estimator: 'census', percent: -49, least: -50.5, most: -48.6 },
    { fleet: 'rarely-on', estimator: 'addresses-per-day', percent: -78.8, least: -79.3, most: -78.4 },
    { fleet: 'by-hand', estimator: 'sum-over-repositories', percent: 38.4, least: 36.8, most: 40.8 },
    { fleet: 'by-hand', estimator: 'base-repository', percent: -60.2, least: -61.6, most: -59.4 },
    { fleet: 'by-hand', estimator: 'census', percent: -60.5, least: -61.8, most: -59.5 },
    { fleet: 'by-hand', estimator: 'addresses-per-day', percent: -85.7, least: -85.7, most: -85.7 },
    { fleet: 'own-mirrors', estimator: 'sum-over-repositories', percent: 68.7, least: 67.4, most: 69.4 },
    { fleet: 'own-mirrors', estimator: 'base-repository', percent: -52, least: -52.4, most: -51.8 },
    { fleet: 'own-mirrors', estimator: 'census', percent: -52.3, least: -52.6, most: -52 },
    { fleet: 'own-mirrors', estimator: 'addresses-per-day', percent: -55.2, least: -55.5, most: -54.9 },
    { fleet: 'fixed-addresses', estimator: 'sum-over-repositories', percent: 132.9, least: 131.9, most: 133.8 },
    { fleet: 'fixed-addresses', estimator: 'base-repository', percent: -33.6, least: -34.1, most: -33.5 },
    { fleet: 'fixed-addresses', estimator: 'census', percent: -34, least: -34.4, most: -33.8 },
    { fleet: 'fixed-addresses', estimator: 'addresses-per-day', percent: -38, least: -38.4, most: -37.7 },
    { fleet: 'switched-off', estimator: 'sum-over-repositories', percent: 176.4, least: 175.8, most: 177.1 },
    { fleet: 'switched-off', estimator: 'base-repository', percent: -22.7, least: -23.3, most: -22.3 },
    { fleet: 'switched-off', estimator: 'census', percent: -23, least: -23.5, most: -22.5 },
    { fleet: 'switched-off', estimator: 'addresses-per-day', percent: -37.2, least: -37.5, most: -36.8 },
  ],
  disagreements: [
    { fleet: 'servers', percent: 0.2, weeksAround: 0 },
    { fleet: 'laptops', percent: 0.4, weeksAround: 0 },
    { fleet: 'containers', percent: 2.3, weeksAround: 0 },
    { fleet: 'nat', percent: 0.4, weeksAround: 0 },
    { fleet: 'release-week', percent: 0.7, weeksAround: 1 },
    { fleet: 'rarely-on', percent: 3, weeksAround: 0 },
    { fleet: 'by-hand', percent: 1.5, weeksAround: 0 },
    { fleet: 'own-mirrors', percent: 0.2, weeksAround: 0 },
    { fleet: 'fixed-addresses', percent: 0.4, weeksAround: 0 },
    { fleet: 'switched-off', percent: 0.1, weeksAround: 0 },
  ],
};
