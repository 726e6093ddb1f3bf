import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Week } from '../../../src/flow/sightings/week.ts';
import { hasNumber } from '../../../src/flow/views/publication/headline-week.ts';
import type { Publication } from '../../../src/flow/views/publication/tables.ts';
import { weekName } from '../../../src/flow/views/publication/week-name.ts';
import { pageNumbers } from '../../../src/flow/views/verification/page-numbers.ts';
import { samplePublication } from '../../support/sample-publication.ts';
import { type BuiltSite, buildSite } from '../../support/website.ts';

const sample = samplePublication();

/** The sample's weeks so many times, the older ones before them. */
function agedPublication(times: number): Publication {
  const aged = <Row extends { week: Week }>(rows: readonly Row[]): Row[] =>
    Array.from({ length: times }, (_, n) => times - 1 - n).flatMap((back) =>
      rows.map((row) => ({ ...row, week: (row.week - back * sample.weeks.length) as Week })),
    );
  return {
    ...sample,
    weeks: aged(sample.weeks),
    systems: aged(sample.systems),
    margins: aged(sample.margins),
    countries: aged(sample.countries),
    exclusions: aged(sample.exclusions),
    epel: aged(sample.epel),
  };
}

const [two, six] = [2, 6].map((times) => agedPublication(times)) as [Publication, Publication];
const [smaller, larger] = [buildSite(two), buildSite(six)];
const isOfWeek = (path: string) => /-W\d\d\//.test(path);
const isOfYear = (path: string) => /week\/\d{4}\//.test(path);

function weeksWithPages({ pages }: BuiltSite, isMoved: boolean): string[] {
  const own = [...pages].filter(([path]) => path.startsWith('week/') && isOfWeek(path));
  const refreshes = (html: string) => html.includes('http-equiv="refresh"');
  return own.filter(([, html]) => refreshes(html) === isMoved).map(([path]) => path.split('/')[1]!);
}

describe('O17: of a site of many years', () => {
  test('no page grows with the weeks, and there is one more for each year', () => {
    for (const [path, html] of larger.pages) {
      if (isOfWeek(path) || isOfYear(path)) continue;
      const before = smaller.pages.get(path)!;
      // A curve of a release is as long as the release lives, in this sample for ever.
      const most = (path.endsWith('versions/index.html') ? 1.15 : 1.02) * before.length;
      assert.ok(html.length < most, `${path}: ${before.length} -> ${html.length}`);
    }
    const years = [...larger.pages.keys()].filter((path) => path.startsWith('week/') && isOfYear(path));
    const first = Number(weekName(six.weeks[0]!.week).slice(0, 4));
    assert.deepEqual(
      years,
      Array.from({ length: 2025 - first }, (_, n) => `week/${first + n}/index.html`),
    );
  });

  test('the weeks of the newest year and of the one before have pages; the address of an older one leads to its row', () => {
    const counted = six.weeks.filter(hasNumber).map(({ week }) => weekName(week));
    const isNew = (name: string) => /^202[56]/.test(name);
    assert.deepEqual(weeksWithPages(larger, false), counted.filter(isNew));
    assert.deepEqual(
      weeksWithPages(larger, true),
      counted.filter((name) => !isNew(name)),
    );
    for (const language of ['', 'ja/']) {
      const stub = larger.pages.get(`${language}week/2023-W10/index.html`)!;
      assert.ok(stub.length < 1000, `${stub.length}`);
      assert.match(stub, /content="0; url=(?:\.\.\/)+(?:ja\/)?week\/2023\/#2023-W10"/);
      assert.match(larger.pages.get(`${language}week/2023/index.html`)!, /id="2023-W10"/);
    }
  });

  test('a row has the numbers of its week, with their formulas', () => {
    const week = six.weeks.find((one) => weekName(one.week) === '2023-W10')!;
    const html = larger.pages.get('week/2023/index.html')!;
    const row = html.split('<tr>').find((part) => part.includes('id="2023-W10"'))!;
    const numbers = [...pageNumbers(row)];
    const values = numbers.map(({ value }) => value);
    for (const value of [week.systems, week.low, week.high, week.established, week.newOrShortLived])
      assert.ok(values.includes(value!), `${value} in ${values}`);
    assert.ok(numbers.every(({ of }) => of.startsWith('weeks[week_start=2023-03-06]')));
  });

  test('a picture with the date of an older week is that of the last week of its year', () => {
    const english = larger.website.charts.filter(({ language, alsoAt }) => language === 'en' && alsoAt.length > 0);
    const last = english.find(({ monday }) => monday.startsWith('2023-'))!;
    assert.match(last.monday, /^2023-12-/);
    const others = [last.path, ...last.alsoAt].map((path) => path.slice('chart/'.length, 'chart/2023-12-25'.length));
    assert.ok(others.length >= 50 && others.every((day) => day >= '2023-01-02' && day <= last.monday), others.join());
  });

  test('pictures are of two years, and so are the tables on pages; the numbers in files are of all weeks', () => {
    for (const { chart } of larger.website.charts)
      if (chart.kind === 'time-series' || chart.kind === 'small-multiples') assert.ok(chart.weeks.length <= 104);
    const home = larger.pages.get('index.html')!;
    assert.match(home, /Two years of them\. All: <a href="\.\/(chart\/[^"]+\.csv)">CSV<\/a>/);
    const path = /All: <a href="\.\/([^"]+)"/.exec(home)![1]!;
    const csv = larger.website.files.find((file) => file.path === path)!;
    assert.equal(Buffer.from(csv.bytes).toString().trimEnd().split('\n').length - 1, six.weeks.length);
  });

  test('every link leads somewhere', () => {
    for (const [path, html] of larger.pages) {
      for (const [, link] of html.matchAll(/href="([^":]*week\/[^"]*)"/g)) {
        const { pathname, hash } = new URL(link!, `https://x.example/${path}`);
        const target = larger.pages.get(`${pathname.slice(1)}index.html`);
        assert.ok(target !== undefined, `${path}: ${link}`);
        assert.ok(hash === '' || target.includes(`id="${hash.slice(1)}"`) || hash === '#content', `${path}: ${link}`);
      }
    }
  });
});
