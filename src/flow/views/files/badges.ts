import { mondayOf } from '../../sightings/week.ts';
import { type BadgeValue, badgeMessage } from '../publication/badge-message.ts';
import { fewWeek, headlineWeek, isBehind } from '../publication/headline-week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import { isWithheld, type Publication } from '../publication/tables.ts';
import { jsonFile } from './json-file.ts';
import { slugsOf } from './slug.ts';

/** What a badge counts: all systems, or those of one edition, version or architecture. */
export interface BadgeSubject {
  /** Without its ending: `badge/version/9.6`. */
  path: string;
  /** `systems last week`, `9.6 systems last week`. */
  label: string;
  value: BadgeValue;
}

const COLOUR = '2563eb';

/** `badge/**.json`: endpoint documents of shields.io. */
export function badgeFiles(publication: Publication): OutputFile[] {
  const week = fewWeek(publication) ?? headlineWeek(publication);
  const isOld = week !== undefined && isBehind(publication, week);
  const since = isOld ? mondayOf(week.week) : undefined;
  return badgeSubjects(publication).map(({ path, label, value }) =>
    jsonFile(`${path}.json`, {
      schemaVersion: 1,
      label,
      message: badgeMessage(value, since),
      color: isOld || value === null ? 'lightgrey' : COLOUR,
      cacheSeconds: 21_600,
    }),
  );
}

/** One for everything that has ever been published, so that the address of a badge stays good. */
export function badgeSubjects(publication: Publication): BadgeSubject[] {
  const few = fewWeek(publication);
  const week = few ?? headlineWeek(publication);
  const hidden = few === undefined ? 'hidden' : { fewerThan: few.fewerThan };
  const absent = week !== undefined && publication.protection.kind === 'small-groups' ? hidden : null;
  const subjects = (
    kind: 'version' | 'edition' | 'arch',
    namesIn: (value: string) => string[],
    fits: (value: string, name: string) => boolean = (value, name) => value === name,
  ): BadgeSubject[] => {
    const rows = publication.margins.filter(({ field }) => field === kind);
    const current = rows.filter((row) => row.week === week?.week);
    const names = new Set(
      rows.flatMap(({ value }) => namesIn(value)).filter((name) => !isWithheld(name) && name !== ''),
    );
    return [...slugsOf([...names].sort())].map(([name, slug]) => ({
      path: `badge/${kind}/${slug}`,
      label: `${name} systems last week`,
      value: sumOf(current.filter(({ value }) => fits(value, name))) ?? absent,
    }));
  };
  return [
    { path: 'badge/systems', label: 'systems last week', value: few === undefined ? (week?.systems ?? null) : hidden },
    // `9` beside `9.6`: what most projects would show.
    ...subjects(
      'version',
      (version) => [version, version.split('.')[0]!],
      (version, name) => `${version}.`.startsWith(`${name}.`),
    ),
    ...subjects('edition', (edition) => [edition]),
    ...subjects('arch', (arch) => [arch]),
  ];
}

function sumOf(rows: readonly { systems: number }[]): number | undefined {
  return rows.length === 0 ? undefined : rows.reduce((sum, { systems }) => sum + systems, 0);
}
