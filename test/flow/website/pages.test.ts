import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { faultOf } from '../../../src/flow/views/files/plain-text.ts';
import {
  allTotals,
  NO_NUMBERS,
  type Publication,
  type PublishedWeek,
  totalsByWeek,
} from '../../../src/flow/views/publication/tables.ts';
import { chartStyle } from '../../../src/flow/website/charts/colours.ts';
import { SITE_POLICY } from '../../../src/flow/website/html/policy.ts';
import { MESSAGES } from '../../../src/flow/website/language/messages.ts';
import { MEASURED_BIAS } from '../../../src/flow/website/measured-bias.ts';
import { elementsIn, type HtmlElement, named, readHtml } from '../../support/read-html.ts';
import { assertSvg } from '../../support/read-svg.ts';
import { NO_ROWS, samplePublication } from '../../support/sample-publication.ts';
import { buildSite, dataFilesOf } from '../../support/website.ts';

const sample = samplePublication();
const site = buildSite(sample);
const STYLE = readFileSync('src/flow/website/assets/site.css', 'utf8');

test('every link and every picture leads to a file of the site or to a published file', async () => {
  const { pages, paths } = buildSite(sample, await dataFilesOf(sample));
  // Badges are drawn after the pages; the browser's test asks for each of them. The manifest comes last.
  const isThere = (path: string) => paths.has(path) || /^badge\/[\w./-]+\.svg$|^manifest\.json$/.test(path);
  for (const [path, html] of pages) {
    for (const link of linksIn(readHtml(html))) {
      if (/^https?:/.test(link)) continue;
      const [target, anchor] = link.split('#') as [string, string | undefined];
      const file = target === '' ? path : posix.join(posix.dirname(path), target);
      const found = file.endsWith('/') || file === '.' ? posix.join(file, 'index.html') : file;
      assert.ok(isThere(found), `${path} links to ${link}, which is not there (${found})`);
      if (anchor !== undefined)
        assert.ok(pages.get(found)!.includes(`id="${anchor}"`), `${path}: ${link} leads nowhere`);
    }
  }
});

function linksIn(page: HtmlElement): string[] {
  return elementsIn(page).flatMap(({ name, attributes }) => {
    const range = attributes.get('data-range');
    const found = [
      attributes.get('href'),
      attributes.get('src'),
      range && `${range}-wide.svg`,
      range && `${range}-narrow.svg`,
    ];
    return name === 'form' ? [] : found.filter((link) => link !== undefined);
  });
}

test('both languages have the same pages, and say so', () => {
  const paths = [...site.pages.keys()];
  const english = paths.filter((path) => !path.startsWith('ja/'));
  assert.deepEqual(paths.filter((path) => path.startsWith('ja/')).sort(), english.map((path) => `ja/${path}`).sort());
  for (const [path, html] of site.pages) {
    const page = readHtml(html);
    const language = path.startsWith('ja/') ? 'ja' : 'en';
    assert.equal(named(page, 'html')[0]!.attributes.get('lang'), language);
    const alternates = named(page, 'link').filter(({ attributes }) => attributes.get('hreflang') !== undefined);
    assert.deepEqual(
      alternates.map(({ attributes }) => attributes.get('hreflang')),
      ['en', 'ja'],
      path,
    );
  }
});

test('a Japanese page has no English sentence but what the operator wrote', () => {
  const page = readHtml(site.pages.get('ja/index.html')!);
  const texts = named(page, 'main').flatMap((main) => [...named(main, 'p'), ...named(main, 'h2')]);
  for (const { text } of texts) assert.match(text, /[ぁ-んァ-ヶ一-龠]/, text);
});

test('each page has one heading of its own, a skip link, and a place in the navigation', () => {
  const titles = new Set<string>();
  for (const [path, html] of site.pages) {
    const page = readHtml(html);
    assert.equal(named(page, 'h1').length, 1, path);
    assert.equal(named(page, 'main')[0]!.attributes.get('id'), 'content');
    assert.ok(html.includes('href="#content"'), path);
    titles.add(named(page, 'title').find((title) => !title.text.includes('\n'))!.text);
    const ids = elementsIn(page).flatMap(({ attributes }) => attributes.get('id') ?? []);
    assert.equal(new Set(ids).size, ids.length, `${path}: an id stands twice`);
    for (const head of named(page, 'th')) assert.ok(head.attributes.has('scope'), `${path}: a heading without scope`);
  }
  assert.equal(titles.size, site.pages.size, 'two pages have the same title');
});

test('O8 F02: README tells nginx the policy that pages and service have', () => {
  assert.ok(
    readFileSync('README.md', 'utf8').includes(`Content-Security-Policy "${SITE_POLICY}; frame-ancestors 'self'"`),
  );
});

test('F03: no cell of a CSV file begins a formula', async () => {
  const files = [...buildSite(sample).website.files, ...(await dataFilesOf(sample))].filter(({ path }) =>
    path.endsWith('.csv'),
  );
  assert.ok(files.length > 20);
  for (const { path, bytes } of files) {
    const cells = (parse(Buffer.from(bytes)) as string[][]).flat();
    assert.deepEqual(
      cells.filter((cell) => faultOf(cell) !== undefined),
      [],
      path,
    );
  }
});

test('O8 F02: no page runs, styles or loads anything that the policy would not allow', () => {
  for (const [path, html] of site.pages) {
    const page = readHtml(html);
    const policy = named(page, 'meta')
      .find(({ attributes }) => attributes.has('http-equiv'))!
      .attributes.get('content')!;
    assert.equal(policy, SITE_POLICY);
    assert.match(policy, /^default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    for (const { name, attributes, text } of elementsIn(page)) {
      assert.notEqual(name, 'style', path);
      if (name === 'script') assert.equal(text, '', `${path}: an inline script`);
      for (const [attribute, value] of attributes) {
        assert.doesNotMatch(attribute, /^on|^style$/, `${path}: ${attribute}`);
        if (/^(?:src|href|action)$/.test(attribute)) assert.doesNotMatch(value, /^(?:javascript|data|\/\/)/i, path);
        if (attribute === 'src') assert.doesNotMatch(value, /^https?:/, `${path} loads ${value}`);
      }
    }
  }
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</script>',
  'javascript:alert(1)',
  '&#x3c;b&gt;',
  "');--",
];

test('U12 F01: names from strangers are text wherever they stand', () => {
  for (const name of HOSTILE) {
    const { website, pages } = buildSite(hostilePublication(name));
    let seen = 0;
    for (const [path, html] of pages) {
      const page = readHtml(html);
      const scripts = named(page, 'script');
      assert.deepEqual(
        scripts.map(({ attributes }) => attributes.get('src')?.replace(/^[./]+/, '')),
        ['assets/site.js'],
        path,
      );
      assert.equal(named(page, 'b').length, 0);
      for (const { attributes } of elementsIn(page)) {
        assert.ok(!attributes.has('onerror'), path);
        assert.doesNotMatch(attributes.get('href') ?? '', /^javascript/, path);
      }
      if (page.text.includes(name)) seen++;
    }
    assert.ok(seen > 10, `${name} stands on ${seen} pages`);
    for (const { path, bytes } of website.files) {
      const text = Buffer.from(bytes).toString('utf8');
      if (path.endsWith('.svg')) assertSvg(text);
      if (path.endsWith('.json')) JSON.parse(text);
    }
  }
});

function hostilePublication(name: string): Publication {
  const own = samplePublication();
  const last = own.weeks.slice(-6);
  const first = last[0]!.week;
  const rename = (value: string) => (value === 'other' ? value : name);
  return {
    ...own,
    weeks: last,
    systems: own.systems
      .filter(({ week }) => week >= first)
      .map((row) => ({
        ...row,
        os: rename(row.os),
        version: rename(row.version),
        edition: rename(row.edition),
        arch: rename(row.arch),
      })),
    countries: own.countries
      .filter(({ week }) => week >= first)
      .map((row) => ({ ...row, country: row.country === 'ZZ' ? name : row.country })),
    epel: own.epel.filter(({ week }) => week >= first).map((row) => ({ ...row, os: name })),
    totals: totalsByWeek([]),
    exclusions: own.exclusions.filter(({ week }) => week >= first).map((row) => ({ ...row, reason: name })),
    aliases: { version: 1, entries: [{ field: 'os', is: [name], means: name, since: undefined }] },
    annotations: own.annotations.map((event) => ({ ...event, text: name, url: name })),
    corrections: own.corrections.map((correction) => ({ ...correction, week: first, why: name })),
    implausibleAges: [{ os: name, version: name, edition: name, client: name, since: first }],
    distribution: { ...own.distribution, name, headline: [name], homepage: 'https://meridian.example/', releases: [] },
  };
}

const NOTHING: Partial<PublishedWeek> = { ...NO_NUMBERS, status: 'missing', revision: 0 };

function onlyWeeks(from: number, to?: number): Publication {
  const weeks = sample.weeks.slice(from, to);
  const isIn = ({ week }: { week: number }) => weeks.some((own) => own.week === week);
  return {
    ...sample,
    weeks,
    systems: sample.systems.filter(isIn),
    countries: sample.countries.filter(isIn),
    epel: sample.epel.filter(isIn),
    totals: totalsByWeek(allTotals(sample.totals).filter(isIn)),
    exclusions: sample.exclusions.filter(isIn),
    corrections: sample.corrections.filter(isIn),
  };
}

function times(factor: number): Publication {
  const by = <Row extends { systems: number }>(row: Row) => ({ ...row, systems: row.systems * factor });
  const scaled = (value: number | null) => (value === null ? null : value * factor);
  return {
    ...sample,
    weeks: sample.weeks.map((week) => ({
      ...week,
      systems: scaled(week.systems),
      low: scaled(week.low),
      high: scaled(week.high),
      established: scaled(week.established),
      newOrShortLived: scaled(week.newOrShortLived),
      ageUnknown: scaled(week.ageUnknown),
    })),
    systems: sample.systems.map(by),
    countries: sample.countries.map(by),
    epel: sample.epel.map(by),
  };
}

const EDGES: [string, Publication][] = [
  ['no week at all', onlyWeeks(0, 0)],
  [
    'weeks without any number',
    {
      ...onlyWeeks(0, 3),
      weeks: onlyWeeks(0, 3).weeks.map((week) => ({ ...week, ...NOTHING })),
      systems: [],
      countries: [],
      epel: [],
      totals: totalsByWeek([]),
    },
  ],
  ['one week', onlyWeeks(-1)],
  ['a gap in the middle', onlyWeeks(18, 25)],
  ['a held week at the end', onlyWeeks(0, 43)],
  ['a doubtful week at the end', onlyWeeks(0, 56)],
  ['nothing but zero', times(0)],
  ['very many', times(50_000)],
  [
    'no address, no countries, no EPEL, totals as published',
    {
      ...sample,
      countries: [],
      epel: [],
      exclusions: [],
      annotations: [],
      corrections: [],
      implausibleAges: [],
      protection: { kind: 'as-published' },
      distribution: { ...sample.distribution, siteUrl: '', crosschecks: [], repoAgeUpTo: undefined },
    },
  ],
];

for (const [what, publication] of EDGES) {
  test(`F06: the site of ${what}`, () => {
    const { pages, website } = buildSite(publication);
    assert.equal(pages.size % 2, 0);
    for (const [path, html] of pages) {
      const { text } = readHtml(html);
      assert.doesNotMatch(text, /NaN|undefined|Infinity|∞|\[object|null/, path);
      assert.doesNotMatch(html, /="[^"]*(?:NaN|undefined|Infinity)[^"]*"/, path);
    }
    for (const { path, bytes } of website.files) {
      if (!path.endsWith('.svg')) continue;
      const text = Buffer.from(bytes).toString('utf8');
      assertSvg(text);
      assert.doesNotMatch(text, /NaN|undefined|Infinity/, path);
    }
  });
}

test('without a week the site says so, and counts nothing', () => {
  const page = readHtml(buildSite(onlyWeeks(0, 0)).pages.get('index.html')!);
  assert.equal(named(page, 'h1')[0]!.text, 'No complete week has been counted yet.');
  assert.equal(named(page, 'data').length, 0);
});

test('R13: of fewer than 100 systems every page says so, and none says 0 or <10', () => {
  const few: Publication = {
    ...sample,
    weeks: sample.weeks.map(({ week }) => ({
      week,
      ...NO_NUMBERS,
      fewerThan: 100,
      grade: 'A',
      status: 'withheld',
      revision: 1,
      note: '',
    })),
    ...NO_ROWS,
  };
  const { pages } = buildSite(few);
  const said = /Fewer than 100 systems checked in in the week of/;
  for (const path of ['index.html', 'versions/index.html', 'countries/index.html']) {
    assert.match(pages.get(path)!, said, path);
    assert.doesNotMatch(pages.get(path)!, /&lt;10\b|>0<|No complete week/, path);
  }
  assert.match(pages.get('ja/index.html')!, /100 未満/);
});

test('a newest week that cannot be shown is named, and the last good week stands in its place', () => {
  const held = readHtml(buildSite(onlyWeeks(0, 43)).pages.get('index.html')!);
  assert.match(named(held, 'main')[0]!.text, /held back.*This is the last good week/);
  assert.match(named(held, 'h1')[0]!.text, /checked in in the week of 20–26\u00a0October 2025/);
  const doubtful = readHtml(buildSite(onlyWeeks(0, 56)).pages.get('index.html')!);
  assert.match(named(doubtful, 'main')[0]!.text, /logs is C; why stands on its page. This is the last good week/);
});

test('R13: how near the numbers are is said as the operator has chosen it, and of totals that are passed on it is not', () => {
  const textWith = (protection: Publication['protection']) =>
    readHtml(buildSite({ ...sample, protection }).pages.get('methodology/index.html')!).text;
  assert.match(textWith({ kind: 'small-groups', k: 20, networks: 3 }), /to within less than 20 .* Under 100 systems/);
  assert.match(textWith({ kind: 'small-groups', k: 200, networks: 3 }), /to within less than 200 .* Under 200 systems/);
  assert.doesNotMatch(textWith({ kind: 'as-published' }), /to within less than|Under 100/);
});

test('totals that are passed on as published make no claim of protection', () => {
  const page = readHtml(
    buildSite({ ...sample, protection: { kind: 'as-published' } }).pages.get('privacy/index.html')!,
  );
  assert.match(page.text, /the rules for small groups are not applied/);
  assert.doesNotMatch(page.text, /none can be worked out/);
});

test('the list of spellings stands on a page of its own, with its version, in both languages', async () => {
  const { pages } = buildSite(sample, await dataFilesOf(sample));
  for (const [language, always] of [
    ['', 'always'],
    ['ja/', '全期間'],
  ] as const) {
    const page = readHtml(pages.get(`${language}methodology/names/index.html`)!);
    const rows = named(page, 'tbody').flatMap((body) => named(body, 'tr'));
    const texts = rows.map((row) => row.children.map(({ text }) => text));
    assert.equal(rows.length, sample.aliases.entries.length);
    assert.equal(texts[0]![1], 'Meridian, Meridian GNU/Linux');
    assert.equal(texts[0]![2], 'Meridian Linux');
    assert.equal(texts[1]![3], always);
    assert.doesNotMatch(texts[2]![1]!, /^\s*$/, 'an empty spelling has a name');
    assert.match(named(page, 'h2')[0]!.text, /3/);
    assert.ok(elementsIn(page).some(({ attributes }) => attributes.get('href')?.endsWith('data/aliases.json')));
    const methodology = pages.get(`${language}methodology/index.html`)!;
    assert.match(methodology, /href="[./]*(?:ja\/)?methodology\/names\/"/);
  }
});

test('small charts come with one axis and with their own, and the choice is there without a script', () => {
  for (const path of ['editions/', 'ja/editions/', 'architectures/']) {
    const page = readHtml(site.pages.get(`${path}index.html`)!);
    const radios = named(page, 'input').filter(({ attributes }) => attributes.get('type') === 'radio');
    assert.equal(radios.length, 2, path);
    assert.deepEqual(
      radios.map(({ attributes }) => attributes.has('checked')),
      [true, false],
    );
    for (const { attributes } of radios) {
      const axis = attributes.get('value')!;
      assert.equal(
        named(page, 'label').filter((label) => label.attributes.get('for') === attributes.get('id')).length,
        1,
      );
      const shown = elementsIn(page).filter((element) => element.attributes.get('class') === `${axis}-axis`);
      assert.equal(named(shown[0]!, 'svg').length, 2, 'for a desk and for a phone');
      assert.match(STYLE, new RegExp(`\\.axis-${axis}:checked ~ \\.${axis === 'same' ? 'own' : 'same'}-axis`));
    }
  }
});

test('EPEL is never called market share, and has no page where nobody counts it', () => {
  assert.match(readHtml(site.pages.get('epel/index.html')!).text, /This is not market share\./);
  assert.match(readHtml(site.pages.get('epel/index.html')!).text, /repositories disagree by 2\.5% this week/);
  const without = buildSite({ ...sample, epel: [] });
  assert.ok(!without.pages.has('epel/index.html'));
  assert.doesNotMatch(without.pages.get('index.html')!, /href="\.\/epel\/"/);
});

test('the published word is systems, never users, installs or devices', () => {
  for (const [path, html] of site.pages) {
    assert.doesNotMatch(readHtml(html).text, /\b(?:users?|installs?|installations|devices?)\b/i, path);
  }
});

test('how sure it is: what is missing, by kind of system, as measured; that repositories agree is no word of trust', () => {
  const missed = (fleet: string) => {
    const row = MEASURED_BIAS.rows.find((each) => each.fleet === fleet && each.estimator === 'census')!;
    return `${Math.round(-row.percent)}%`;
  };
  const home = readHtml(site.pages.get('index.html')!).text;
  for (const said of [
    `about ${missed('servers')} of servers of which nearly all look for updates every day`,
    `${missed('by-hand')} of those updated by hand once a week`,
    `${missed('laptops')} of laptops used on several days a week`,
    `${missed('rarely-on')} of those used on one day or none`,
    `about ${missed('containers')} of them`,
    'behind mirrors of their own (Satellite, Pulp), from images that name no mirror list, with counting switched off or blocked',
    'quality of our logs: A (99.5% are there). However good our logs are, missing from the number are:',
    'Our repositories disagree by 11% (21,100 to 23,500). That tells nothing of what is missing in all of them.',
  ]) {
    assert.ok(home.includes(said), said);
  }
  for (const [path, html] of site.pages) {
    assert.doesNotMatch(readHtml(html).text, /\btrust|\bconfiden|\bat least” *\.|信頼|確度/i, path);
  }
  const methodology = readHtml(site.pages.get('methodology/index.html')!).text;
  for (const fleet of MEASURED_BIAS.disagreements.map((one) => one.fleet))
    assert.ok(methodology.includes(MESSAGES.en.methodology.fleets[fleet]), fleet);
  assert.match(methodology, /repositories disagree by.*weeks of 8 in which the truth lay between them/);
});

test('equal publications make equal sites', () => {
  const bytesOf = ({ website }: typeof site) =>
    website.files.map(({ path, bytes, showing }) => [path, bytes, showing?.({ number: 7, sha256: '7'.repeat(64) })]);
  assert.deepEqual(bytesOf(buildSite(samplePublication())), bytesOf(site));
});

test('the home page is light: page, stylesheet and script below 150 kB', () => {
  const home = Buffer.byteLength(site.pages.get('index.html')!);
  const style = STYLE.length + chartStyle('auto').length;
  // The script has a limit of its own, 40 kB.
  assert.ok(home + style + 40_000 < 150_000, `${home} + ${style}`);
});
