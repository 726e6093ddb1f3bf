import { percent } from '../diagnosis/finding.ts';
import type { Survey } from '../survey.ts';
import { OTHER } from './tables.ts';

/** Less is always there: names that are too long, or no clean text (S4). */
const LEAST_SHARE = 0.001;

/**
 * Which share of a week's check-ins bears `other` for a name, as there was no room for it (C5, C7); undefined of fewer than
 * `least`, and of hardly any.
 */
export function shareUnnamed({ systems, checkIns }: Survey, least: number): number | undefined {
  let [unnamed, all] = [0, 0];
  const add = (names: readonly string[], count: number) => {
    all += count;
    if (names.includes(OTHER)) unnamed += count;
  };
  for (const { os, version, edition, arch, systems: count } of systems) add([os, version, edition, arch], count);
  for (const { os, version, edition, arch, repoTag, repoArch, hits } of checkIns) {
    add([os, version, edition, arch, repoTag, repoArch], hits);
  }
  return unnamed >= least && unnamed >= LEAST_SHARE * all ? unnamed / all : undefined;
}

/** A share is all that is said: a number would tell of groups that no row shows. */
export function unnamedNote(share: number | undefined): string[] {
  if (share === undefined) return [];
  return [
    `${percent(share)} of the check-ins bear more names than are kept, and count as other: rare systems may be among them`,
  ];
}
