import { badgeSubjects } from '../views/files/badges.ts';
import { badgeMessage } from '../views/publication/badge-message.ts';
import { fewWeek, headlineWeek, isBehind } from '../views/publication/headline-week.ts';
import type { OutputFile } from '../views/publication/output-file.ts';
import type { Publication } from '../views/publication/tables.ts';
import { mondayOf } from '../views/publication/week-name.ts';
import { badgeFile } from './badges/badge.ts';
import { suggestedHeight } from './charts/draw-chart.ts';
import { chartFile, chartPng, type Source } from './charts/files.ts';
import type { WorldOutlines } from './charts/look.ts';
import { textFile } from './html/chart-files.ts';
import type { Website } from './website.ts';

const SVG_WIDTH = 960;
/** Of title, sentence and source, which stand in the file beside the chart itself. */
const SVG_FRAME = 130;
/** Each that is drawn takes some megabytes meanwhile, and there is one for each week. */
const AT_ONCE = 8;
/** How many weeks the line of a badge goes back. */
const BADGE_WEEKS = 26;

/** The charts of the site as SVG and, in English, as PNG; and the badges as SVG. Their names stay, so links stay good. */
export async function drawPictures(
  website: Website,
  publication: Publication,
  outlines: WorldOutlines,
): Promise<OutputFile[]> {
  const files: OutputFile[] = [];
  for (let at = 0; at < website.charts.length; at += AT_ONCE) {
    const some = website.charts.slice(at, at + AT_ONCE).map((chart) => chartPictures(chart, publication, outlines));
    files.push(...(await Promise.all(some)).flat());
  }
  return [...files, ...badgePictures(publication)];
}

async function chartPictures(
  { chart, path, alsoAt, language, monday }: Website['charts'][number],
  publication: Publication,
  outlines: WorldOutlines,
): Promise<OutputFile[]> {
  const source = sourceOf(publication, monday);
  const height = suggestedHeight(chart, { width: SVG_WIDTH, locale: language, outlines }) + SVG_FRAME;
  const look = { width: SVG_WIDTH, height, locale: language, outlines };
  const picture = textFile(`${path}.svg`, chartFile(chart, look, 'auto', source), 'image/svg+xml');
  const bytes = language === 'en' ? await chartPng(chart, { locale: language, outlines }, source) : undefined;
  return [path, ...alsoAt].flatMap((at): OutputFile[] => [
    { ...picture, path: `${at}.svg` },
    // The letters that PNGs are drawn with are European.
    ...(bytes === undefined ? [] : [{ path: `${at}.png`, bytes, mediaType: 'image/png' }]),
  ]);
}

function sourceOf({ distribution, method }: Publication, monday: string): Source {
  const place = distribution.siteUrl.replace(/^https?:\/\//, '');
  return { text: [distribution.name, monday, method, place].filter((part) => part !== '').join(' · ') };
}

/** `badge/**.svg`, with the same words as shields.io's documents beside them. */
function badgePictures(publication: Publication): OutputFile[] {
  const week = fewWeek(publication) ?? headlineWeek(publication);
  const isStale = week !== undefined && isBehind(publication, week);
  const since = isStale ? mondayOf(week.week) : undefined;
  const trend = publication.weeks.slice(-BADGE_WEEKS).map(({ systems }) => systems);
  return badgeSubjects(publication).map(({ path, label, value }) => {
    const badge = { label, message: badgeMessage(value, since), isStale: isStale || value === null };
    const text = badgeFile(path === 'badge/systems' ? { ...badge, trend } : badge, 'auto');
    return textFile(`${path}.svg`, text, 'image/svg+xml');
  });
}
