import { renderToString } from 'preact-render-to-string';
import { hasOwnPage, sharedYears } from '../views/files/week-pages.ts';
import { headlineWeek } from '../views/publication/headline-week.ts';
import { fileShowing, type OutputFile } from '../views/publication/output-file.ts';
import type { Publication } from '../views/publication/tables.ts';
import { chartStyle } from './charts/colours.ts';
import type { WebsiteContext } from './context.ts';
import { type CountedWeek, countedWeek, indexTables, type Tables, tablesUntil } from './figures/tables.ts';
import { chartDataFiles, chartPath, pictureOf, textFile } from './html/chart-files.ts';
import type { ChartPlan } from './html/chart-plan.ts';
import type { Here, Page } from './html/here.ts';
import { documentOf } from './html/layout.ts';
import { folderOf, linksFrom, type PagePath } from './html/links.ts';
import { formatsOf } from './language/formats.ts';
import { LANGUAGES, type LanguageCode, MESSAGES } from './language/messages.ts';
import { agePage } from './pages/age.ts';
import { changesPage } from './pages/changes.ts';
import { comparePage } from './pages/compare.ts';
import { countriesPage } from './pages/countries.ts';
import { dataPage } from './pages/data.ts';
import { embedPage } from './pages/embed.ts';
import { epelPage } from './pages/epel.ts';
import { homePage, systemsPlan } from './pages/home.ts';
import { methodologyPage } from './pages/methodology.ts';
import { privacyPage } from './pages/privacy.ts';
import { architecturesPage, editionsPage } from './pages/ranked.ts';
import { spellingsPage } from './pages/spellings.ts';
import { versionsPage } from './pages/versions.ts';
import { movedWeek, weekPage, weekPath, weeksPage, yearPage, yearPath } from './pages/week.ts';

export interface Website {
  files: readonly OutputFile[];
  /** To be drawn as SVG and, in English, as PNG; the pages link to these files. */
  charts: readonly PublishedChart[];
}

export interface PublishedChart {
  chart: ChartPlan['chart'];
  /** From the root of the site, without ending. */
  path: string;
  /** Where the same picture stands too. */
  alsoAt: readonly string[];
  language: LanguageCode;
  /** Of the chart's newest week. */
  monday: string;
}

/** The whole site but its pictures. The same publication and context give the same bytes. */
export function buildWebsite(publication: Publication, context: WebsiteContext): Website {
  const tables = indexTables(publication);
  const built = LANGUAGES.map((language) => pagesIn(language, tables, context));
  const pages = built.flatMap((own) => own.pages);
  const kept = ownWeeks(publication).filter(({ week }) => context.isKept(week));
  const paths = [
    ...pages.map(({ here }) => folderOf(here.language, here.path)),
    ...LANGUAGES.flatMap((language) => kept.map((week) => folderOf(language, weekPath(week)))),
  ].sort();
  return {
    files: [
      ...pages.map(({ here, page }) => pageFile(here, page)),
      ...LANGUAGES.flatMap((language) => movedPages(language, tables, context)),
      ...built.flatMap(({ plans }) => plans.flatMap(({ here, plan }) => chartDataFiles(here, plan))),
      textFile('assets/site.css', `${context.assets.stylesheet}\n${chartStyle('auto')}\n`, 'text/css; charset=utf-8'),
      textFile('assets/site.js', context.assets.script, 'text/javascript; charset=utf-8'),
      textFile('assets/icon.svg', ICON, 'image/svg+xml'),
      textFile('robots.txt', robots(publication.distribution.siteUrl), 'text/plain; charset=utf-8'),
      ...sitemap(publication.distribution.siteUrl, paths),
    ],
    charts: [
      ...built.flatMap(({ plans }) => plans.map(({ here, plan }) => publishedChart(here, plan))),
      ...LANGUAGES.flatMap((language) => otherPictures(language, tables, context)),
    ],
  };
}

function publishedChart(here: Here, { chart, week }: ChartPlan): PublishedChart {
  const { language, tables } = here;
  const path = chartPath(tables, week, chart, language);
  return { chart: pictureOf(chart), path, alsoAt: [], language, monday: week.monday };
}

/**
 * The first chart of the home page as it stood in each other week: whoever has put one into a text finds it there for
 * ever, and each bulletin has its picture. That of the week that stands for now is on the home page itself; it is not the
 * newest where that one cannot be trusted. The other charts are kept for one week alone: all of them for all weeks would
 * take ten times as long to draw as the whole site. Weeks that share a page have the picture of the last of them, in which
 * they all are.
 */
function otherPictures(language: LanguageCode, tables: Tables, context: WebsiteContext): Website['charts'] {
  const { publication } = tables;
  const now = headlineWeek(publication)?.week;
  const asItStood = (week: CountedWeek) => {
    const place = publication.weeks.findIndex((other) => other.week === week.week);
    const here = hereIn(language, tablesUntil(tables, place), context, '');
    return { here, plan: systemsPlan(here, week) };
  };
  const own = ownWeeks(publication)
    .filter(({ week }) => week !== now && !context.isKept(week))
    .map((week) => {
      const { here, plan } = asItStood(week);
      return publishedChart(here, plan);
    });
  const shared = sharedPages(publication).flatMap(([, weeks]) => {
    const others = weeks.filter(({ week }) => week !== now);
    if (others.every(({ week }) => context.isKept(week))) return [];
    const { here, plan } = asItStood(weeks.at(-1)!);
    const [path, ...alsoAt] = others.map((week) => chartPath(here.tables, week, plan.chart, language));
    return [{ ...publishedChart(here, plan), path: path!, alsoAt }];
  });
  return [...own, ...shared];
}

/** The weeks that have a page each. */
function ownWeeks({ weeks }: Publication): CountedWeek[] {
  const newest = weeks.at(-1)?.week;
  return weeks.flatMap((week) => (hasOwnPage(week.week, newest!) ? (countedWeek(week) ?? []) : []));
}

/** The years that have one, with their weeks. */
function sharedPages({ weeks }: Publication): [year: string, weeks: CountedWeek[]][] {
  return [...sharedYears(weeks)]
    .map(([year, own]): [string, CountedWeek[]] => [year, own.flatMap((week) => countedWeek(week) ?? [])])
    .filter(([, own]) => own.length > 0);
}

function movedPages(language: LanguageCode, tables: Tables, context: WebsiteContext): OutputFile[] {
  const weeks = sharedPages(tables.publication).flatMap(([, own]) => own.filter(({ week }) => !context.isKept(week)));
  return weeks.map((week) => {
    const path = weekPath(week);
    const html = renderToString(movedWeek(hereIn(language, tables, context, path), week));
    return textFile(`${folderOf(language, path)}index.html`, `<!doctype html>\n${html}\n`, HTML);
  });
}

interface BuiltPage {
  here: Here;
  page: Page;
}

function hereIn(language: LanguageCode, tables: Tables, context: WebsiteContext, path: PagePath): Here {
  const words = MESSAGES[language];
  const formats = formatsOf(language, tables.step);
  return { path, language, words, formats, links: linksFrom(language, path), tables, context };
}

function pagesIn(language: LanguageCode, tables: Tables, context: WebsiteContext) {
  const hereAt = (path: PagePath) => hereIn(language, tables, context, path);
  const pages = pageBuilders(tables, context).map(([path, build]): BuiltPage => {
    const here = hereAt(path);
    return { here, page: build(here) };
  });
  const plans = pages.flatMap(({ here, page }) => page.charts.map((plan) => ({ here, plan })));
  const embed = hereAt('embed/');
  const gallery = {
    here: embed,
    page: embedPage(
      embed,
      plans.map(({ plan }) => plan),
    ),
  };
  return { pages: [...pages, gallery], plans };
}

type PageBuilder = (here: Here) => Page;

function pageBuilders(tables: Tables, { isKept }: WebsiteContext): [PagePath, PageBuilder][] {
  const { publication } = tables;
  const weeks = ownWeeks(publication).filter(({ week }) => !isKept(week));
  return [
    ['', homePage],
    ['versions/', versionsPage],
    ['editions/', editionsPage],
    ['architectures/', architecturesPage],
    ['age/', agePage],
    ['countries/', countriesPage],
    ...(publication.epel.length === 0 ? [] : ([['epel/', epelPage]] as [PagePath, PageBuilder][])),
    ['compare/', comparePage],
    ['methodology/', methodologyPage],
    ['methodology/names/', spellingsPage],
    ['privacy/', privacyPage],
    ['data/', dataPage],
    ['changes/', changesPage],
    ['week/', weeksPage],
    ...sharedPages(publication).map(([year, own]): [PagePath, PageBuilder] => [
      yearPath(year),
      (here) => yearPage(here, year, own),
    ]),
    ...weeks.map((week): [PagePath, PageBuilder] => [weekPath(week), (here) => weekPage(here, week)]),
  ];
}

function pageFile(here: Here, page: Page): OutputFile {
  const html = (shown: Page) => `<!doctype html>\n${renderToString(documentOf(here, shown))}\n`;
  const path = `${folderOf(here.language, page.path)}index.html`;
  const { showing } = page;
  if (showing === undefined) return textFile(path, html(page), HTML);
  return fileShowing({ path, mediaType: HTML }, (manifest) => new TextEncoder().encode(html(showing(manifest))));
}

const HTML = 'text/html; charset=utf-8';

/** Three bars that grow. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="#1a56c4"><rect x="3" y="18" width="7" height="11" rx="1.5"/><rect x="12.5" y="11" width="7" height="18" rx="1.5"/><rect x="22" y="3" width="7" height="26" rx="1.5"/></g></svg>
`;

function robots(siteUrl: string): string {
  return `User-agent: *\nAllow: /\n${siteUrl === '' ? '' : `\nSitemap: ${siteUrl}/sitemap.xml\n`}`;
}

/** Whole addresses only: without the site's own there is none. */
function sitemap(siteUrl: string, paths: readonly string[]): OutputFile[] {
  if (siteUrl === '') return [];
  const entries = paths.map((path) => `<url><loc>${xmlText(`${siteUrl}/${path}`)}</loc></url>`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${entries.join('\n')}
</urlset>
`;
  return [textFile('sitemap.xml', text, 'application/xml')];
}

function xmlText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
