import { join } from 'node:path';
import { type EpochSeconds, mondayOf, type Week } from '../flow/sightings/week.ts';
import type { Vault } from '../flow/vault/vault.ts';
import { REAL_DISK } from '../flow/views/files/disk.ts';
import { ManifestError } from '../flow/views/files/file-list.ts';
import { parseManifest } from '../flow/views/files/manifest.ts';
import { MANIFEST } from '../flow/views/files/manifest-path.ts';
import { PublishError, requirePlace } from '../flow/views/files/write-publication.ts';
import { isDue, publishedContents } from '../flow/views/publication/from-vault.ts';
import { weekOfDay } from '../flow/views/publication/week-name.ts';
import type { Rules } from '../flow/views/survey.ts';
import { readText } from './distribution.ts';
import { UsageError } from './exit-code.ts';

/**
 * Before anything is recorded. What stands at `out` must be one of this vault's publications: from an older copy of the
 * vault, from another vault or for another distribution, it would be replaced by one that does not follow from it.
 */
export function requireSuccessor(vault: Vault, { definition }: Rules, out: string): void {
  requirePlace(REAL_DISK, out);
  const shown = join(out, MANIFEST);
  if (REAL_DISK.kindOf(shown) === 'nothing') return;
  const text = readText(shown);
  const number = numberIn(text);
  if (number !== undefined && vault.manifest(definition.id, number)?.text === text) return;
  throw new PublishError(
    `${out} shows a publication that did not come from this vault, or is of another distribution than ${definition.id}; what is there is unchanged. Use the vault and distribution it was made with, or name another folder`,
  );
}

/** Of what may be a manifest. */
function numberIn(text: string): number | undefined {
  try {
    return parseManifest(text, MANIFEST).number;
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}

/**
 * Two sets of tables of the same systems are rolled up differently: of Fedora's 2020, published as two distributions, 85
 * small groups could be worked out. Totals that were passed on as they are have nothing to hide.
 */
export function requireOneDistribution(vault: Vault, { definition }: Rules): void {
  if (definition.as_published) return;
  const other = vault
    .publishedDistributions()
    .filter((id) => id !== definition.id)
    .find((id) => [...publishedContents(vault, id).values()].flat().some(({ totals }) => totals === undefined));
  if (other === undefined) return;
  throw new PublishError(
    `this vault was published as ${other}: published as ${definition.id} too, small groups could be worked out of both; publish it as ${other}`,
  );
}

/** Totals that others have published have nothing to hide; what was counted here has. */
export function requireImported(vault: Vault, { definition }: Rules): void {
  const counted = vault.weeks().find(({ coverage }) => coverage !== undefined);
  if (!definition.as_published || counted === undefined) return;
  throw new PublishError(
    `the week of ${mondayOf(counted.week)} was counted from logs: only imported totals can be passed on as published; leave --as-published and as_published out, or import them into a vault of their own`,
  );
}

/** The weeks of `--confirm`. One that nobody has looked at yet must not be confirmed beforehand, as by a slip of the pen. */
export function weeksToConfirm(vault: Vault, days: readonly string[], now: EpochSeconds): Week[] {
  if (days.length === 0) return [];
  const known = new Set(vault.weeks().map(({ week }) => week));
  return days.map((day) => {
    if (!isDay(day)) throw new UsageError(`--confirm ${day}: expected the Monday of a week, such as 2026-11-09`);
    const week = weekOfDay(day);
    if (!known.has(week) || !isDue(week, now))
      throw new UsageError(`--confirm ${day}: expected a week that was held; the vault has none on that day`);
    return week;
  });
}

/** As in `2026-11-09`, and in the calendar. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
}
