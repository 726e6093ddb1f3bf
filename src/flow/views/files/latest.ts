import { mondayOf, type Week } from '../../sightings/week.ts';
import { fewWeek, headlineWeek, isBehind } from '../publication/headline-week.ts';
import { fileShowing, type ManifestId, type OutputFile } from '../publication/output-file.ts';
import type { Publication, PublishedWeek } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import { JSON_TYPE, jsonFile } from './json-file.ts';
import { recordOf, type Table } from './table.ts';

/** What every JSON document begins with, so that none can be taken for another's numbers. */
export function preamble({ method, distribution }: Publication): object {
  return { method, distribution: distribution.id, unit: 'systems' };
}

/** `latest.json`, the same again in the API, and `latest.txt`: the number of now in one request. */
export function latestFiles(publication: Publication, weeks: Table): OutputFile[] {
  const week = fewWeek(publication) ?? headlineWeek(publication);
  const newest = publication.weeks.at(-1);
  const document = (manifest: ManifestId) => ({
    ...preamble(publication),
    name: publication.distribution.name,
    updated: publication.updated,
    next_update: publication.nextUpdate,
    stale: publication.isStale,
    week: week === undefined ? null : weekRecord(publication, weeks, week.week),
    newest_week: newest === undefined ? null : weekRecord(publication, weeks, newest.week),
    licence: publication.distribution.licence,
    manifest,
  });
  const latest = (path: string) =>
    fileShowing({ path, mediaType: JSON_TYPE }, (manifest) => jsonFile(path, document(manifest)).bytes);
  return [
    latest('latest.json'),
    latest('api/v1/latest.json'),
    {
      path: 'latest.txt',
      bytes: Buffer.from(`${latestLine(publication, week)}\n`),
      mediaType: 'text/plain; charset=utf-8',
    },
  ];
}

/** A week as in `weeks.csv`, with its name. */
export function weekRecord({ weeks: all }: Publication, weeks: Table, week: Week): object {
  const index = all.findIndex((one) => one.week === week);
  return { week: weekName(week), ...recordOf(weeks, weeks.rows[index]!) };
}

function latestLine(publication: Publication, week: PublishedWeek | undefined): string {
  const { name } = publication.distribution;
  if (week === undefined) return `${name}: no numbers yet`;
  const quality = week.grade === null ? '' : `, quality of the logs: ${week.grade}`;
  const behind = isBehind(publication, week) ? ', newer weeks are not out yet' : '';
  const systems = week.systems?.toLocaleString('en-US') ?? `fewer than ${week.fewerThan}`;
  return `${name}: ${systems} systems checked in, week of ${mondayOf(week.week)}${quality}${behind}`;
}
