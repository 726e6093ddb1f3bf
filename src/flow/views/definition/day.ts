import { z } from 'zod';
import { type EpochSeconds, type Week, weekOf } from '../../sightings/week.ts';

/** An ISO day that exists: not 31 February. */
export const day = z.iso.date('expected a day that exists, such as 2025-05-27');

export function weekOfDay(isoDay: string): Week {
  return weekOf((Date.parse(`${isoDay}T00:00:00Z`) / 1000) as EpochSeconds);
}
