import { mondayOf } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import { jsonFile } from './json-file.ts';
import { preamble } from './latest.ts';

/** `data/annotations.json`, the same again in the API, and `data/corrections.json`. */
export function eventFiles(publication: Publication): OutputFile[] {
  const annotations = publication.annotations.map(({ date, kind, of, text, url }) => ({
    date,
    kind,
    of,
    text,
    url: url ?? null,
  }));
  const document = { ...preamble(publication), annotations };
  return [
    jsonFile('data/annotations.json', document, 'indented', annotations.length),
    jsonFile('api/v1/annotations.json', document, 'indented', annotations.length),
    correctionsFile(publication),
  ];
}

function correctionsFile(publication: Publication): OutputFile {
  const corrections = publication.corrections.map(({ week, revision, date, before, after, why }) => ({
    week: weekName(week),
    week_start: mondayOf(week),
    revision,
    date,
    before: { systems: before.systems, grade: before.grade },
    after: { systems: after.systems, grade: after.grade },
    why,
  }));
  const document = { ...preamble(publication), corrections };
  return jsonFile('data/corrections.json', document, 'indented', corrections.length);
}
