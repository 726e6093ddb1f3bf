import { isWithheld } from './publication/tables.ts';

/**
 * How long the youngest age lasts (M4). dnf's ages are of two weeks, three, twenty and the rest. rpm-ostree counts its
 * weeks from one, so each of its ages ends a week earlier; so do scripts that were modelled on it.
 */
export type AgeScale = 'two-weeks' | 'one-week';

/** Undefined where nobody knows the client: of imported totals, and in groups too small to show it. */
export function ageScaleOf(client: string): AgeScale | undefined {
  if (client === '' || isWithheld(client)) return undefined;
  return client === 'libdnf' ? 'two-weeks' : 'one-week';
}

/** Of several clients: `mixed` too where no client is known. */
export function commonScale(clients: Iterable<string>): AgeScale | 'mixed' {
  const scales = new Set(Array.from(clients, ageScaleOf).filter((scale) => scale !== undefined));
  const [first] = scales;
  return scales.size === 1 && first !== undefined ? first : 'mixed';
}
