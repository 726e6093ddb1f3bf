import { mondayOf } from '../../sightings/week.ts';
import { badgeMessage } from '../publication/badge-message.ts';
import { headlineWeek, isBehind } from '../publication/headline-week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import { OTHER, type Publication, type SystemsRow } from '../publication/tables.ts';
import { jsonFile } from './json-file.ts';
import { slugsOf } from './slug.ts';

/** What a badge counts: all systems, or those of one edition, version or architecture. */
export interface BadgeSubject {
  /** Without its ending: `badge/version/9.6`. */
  path: string;
  /** `systems last week`, `9.6 systems last week`. */
  label: string;
  value: number | null | 'hidden';
}

const COLOUR = '2563eb';

/** `badge/**.json`: endpoint documents of shields.io. */
export function badgeFiles(publication: Publication): OutputFile[] {
  const { protection } = publication;
  const week = headlineWeek(publication);
  const isOld = week !== undefined && isBehind(publication, week);
  const since = isOld ? mondayOf(week.week) : undefined;
  const k = protection.kind === 'small-groups' ? protection.k : undefined;
  return badgeSubjects(publication).map(({ path, label, value }) =>
    jsonFile(`${path}.json`, {
      schemaVersion: 1,
      label,
      message: badgeMessage(value, since, k),
      color: isOld || value === null ? 'lightgrey' : COLOUR,
      cacheSeconds: 21_600,
    }),
  );
}

/** One for everything that has ever been published, so that the address of a badge stays good. */
export function badgeSubjects(publication: Publication): BadgeSubject[] {
  const rows = publication.systems.filter(({ os }) => publication.distribution.headline.includes(os));
  const week = headlineWeek(publication);
  const current = rows.filter((row) => row.week === week?.week);
  const absent = week !== undefined && publication.protection.kind === 'small-groups' ? 'hidden' : null;
  const subjects = (
    kind: string,
    names: Iterable<string>,
    fits: (row: SystemsRow, name: string) => boolean,
  ): BadgeSubject[] =>
    [...slugsOf([...names].filter((name) => name !== OTHER && name !== '').sort())].map(([name, slug]) => ({
      path: `badge/${kind}/${slug}`,
      label: `${name} systems last week`,
      value: sumOf(current.filter((row) => fits(row, name))) ?? absent,
    }));
  return [
    { path: 'badge/systems', label: 'systems last week', value: week?.systems ?? null },
    ...subjects('version', versionsOf(rows), ({ version }, name) => `${version}.`.startsWith(`${name}.`)),
    ...subjects('edition', new Set(rows.map(({ edition }) => edition)), ({ edition }, name) => edition === name),
    ...subjects('arch', new Set(rows.map(({ arch }) => arch)), ({ arch }, name) => arch === name),
  ];
}

/** `9` beside `9.6`: what most projects would show. */
function versionsOf(rows: readonly SystemsRow[]): Set<string> {
  return new Set(rows.flatMap(({ version }) => [version, version.split('.')[0]!]));
}

function sumOf(rows: readonly SystemsRow[]): number | undefined {
  return rows.length === 0 ? undefined : rows.reduce((sum, { systems }) => sum + systems, 0);
}
