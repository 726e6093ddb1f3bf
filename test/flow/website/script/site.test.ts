import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, type SampleSite, serveSite, skipWithoutBrowser } from '../../../support/browser.ts';
import { assertSvg, elementsOf } from '../../../support/read-svg.ts';
import { samplePublication } from '../../../support/sample-publication.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const folder = temporaryFolder();
const publication = samplePublication();

describe('what the script adds to the pages', { skip: skipWithoutBrowser }, () => {
  let browser: Browser;
  let site: SampleSite;
  let page: Page;

  before(async () => {
    site = await serveSite(publication, folder);
    browser = await launchBrowser();
    page = await browser.newPage({ locale: 'en-GB' });
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });

  test('the arrow keys step through the weeks of a chart, and say what its table says', async () => {
    await page.goto(site.address);
    const chart = page.locator('.pictures').first();
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    const newest = await page.locator('.tip').first().innerText();
    const row = page.locator('tr[data-key="2026-05-04"]').first();
    for (const cell of await row.locator('data').allTextContents()) assert.ok(newest.includes(cell), newest);
    await page.keyboard.press('ArrowLeft');
    assert.match(await page.locator('.tip').first().innerText(), /27 April 2026/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.tip').first().isVisible(), false);
  });

  test('a button changes the time that a chart shows, and the list of events follows', async () => {
    await page.goto(`${site.address}versions/`);
    const section = page.locator('.question').first();
    const weeks = () => section.locator('.wide .hit').count();
    assert.equal(await weeks(), publication.weeks.length);
    await section.getByRole('button', { name: '1 year' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.question .wide .hit').length > 0);
    await section.locator('.wide .hit[data-week="2025-05-05"]').waitFor({ state: 'detached' });
    assert.equal(await weeks(), 52);
    assert.equal(await section.getByRole('button', { name: '1 year' }).getAttribute('aria-pressed'), 'true');
    const shown = await section.locator('.pins li:visible').count();
    const numbers = await section.locator('.wide .pin').count();
    assert.equal(shown, numbers);
  });

  test('the total can be seen on a logarithmic axis, and the stack again', async () => {
    await page.goto(site.address);
    const section = page.locator('.question').first();
    const unit = section.locator('.wide text.muted').first();
    await section.getByRole('button', { name: 'Log axis, total only' }).click();
    await unit.filter({ hasText: 'logarithmic axis' }).waitFor();
    assert.equal(await section.locator('.wide .band').count(), 0, 'a band and a stack have no place there');
    await section.getByRole('button', { name: 'All', exact: true }).click();
    await unit.filter({ hasNotText: 'logarithmic' }).waitFor();
    assert.equal(await section.locator('.wide path.band').count(), 1);
  });

  test('countries are sorted by their exact numbers, and found by name', async () => {
    await page.goto(`${site.address}countries/`);
    const names = () => page.locator('.searchable tbody tr:visible th').allTextContents();
    await page.getByRole('button', { name: 'Per 100,000 people' }).click();
    assert.deepEqual((await names()).slice(0, 2), ['Germany', 'Japan']);
    await page.getByRole('searchbox').fill('jap');
    assert.deepEqual(await names(), ['Japan']);
  });

  test('a comparison is what its address says, and its address what the reader chose', async () => {
    await page.goto(`${site.address}compare/?by=arch&measure=share&series=aarch64`);
    await page.locator('#compare-view svg').waitFor();
    assert.equal(await page.locator('#compare-default').isVisible(), false);
    assert.deepEqual(
      await page
        .locator('#compare-groups input:checked')
        .evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).value)),
      ['aarch64'],
    );
    await page.selectOption('[name=by]', 'edition');
    await page.selectOption('[name=arch]', 'ppc64le');
    await page.getByText('hidden to protect small groups').first().waitFor();
    const address = new URL(page.url());
    assert.equal(address.searchParams.get('by'), 'edition');
    assert.equal(address.searchParams.get('arch'), 'ppc64le');
    await page.reload();
    await page.getByText('hidden to protect small groups').first().waitFor();
    assert.equal(await page.locator('[name=arch]').inputValue(), 'ppc64le');
  });

  test('what is compared can be saved as a picture that needs nothing of the page, under its security policy', async () => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${site.address}compare/?by=edition&measure=share&series=server&series=generic`);
    await page.locator('#compare-view svg').waitFor();
    const saved = async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    };
    const drawn = await saved('SVG of this view');
    const text = drawn.bytes.toString('utf8');
    assertSvg(text);
    assert.equal(drawn.name, 'rollcall-by-edition-measure-share-series-server-series-generic.svg');
    const lines = await page.locator('#compare-view polyline').count();
    assert.equal(elementsOf(text, 'polyline').length, lines);
    for (const { attributes } of elementsOf(text, 'polyline')) assert.match(attributes['stroke']!, /^rgb/);
    assert.doesNotMatch(text, /class=|var\(/);
    for (const { text: words } of elementsOf(text, 'text')) assert.notEqual(words, '');
    const { name, bytes } = await saved('PNG of this view');
    assert.match(name, /\.png$/);
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1520, 680]);
    const colours = await coloursIn(bytes);
    const wanted = elementsOf(text, 'polyline').map(({ attributes }) => attributes['stroke']!);
    for (const colour of wanted) assert.ok(colours.has(colour), `${colour} is not in the picture`);
    assert.deepEqual(complaints, []);
  });

  /** In a page without a policy, so that it can be read. */
  async function coloursIn(png: Buffer): Promise<Set<string>> {
    const other = await browser.newPage();
    const found = await other.evaluate(
      async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [image.width, image.height];
        const pen = canvas.getContext('2d')!;
        pen.drawImage(image, 0, 0);
        const { data } = pen.getImageData(0, 0, image.width, image.height);
        const seen = new Set<string>();
        for (let at = 0; at < data.length; at += 4) seen.add(`rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`);
        return [...seen];
      },
      `data:image/png;base64,${png.toString('base64')}`,
    );
    await other.close();
    return new Set(found);
  }

  test('an old page says that newer weeks are overdue, by the reader’s own clock', async () => {
    const reader = await browser.newPage();
    await reader.clock.setFixedTime('2026-05-13T00:00:00Z');
    await reader.goto(site.address);
    assert.equal(await reader.locator('#stale').isVisible(), false);
    await reader.clock.setFixedTime('2026-05-30T00:00:00Z');
    await reader.reload();
    assert.equal(await reader.locator('#stale').isVisible(), true);
    await reader.close();
  });
});
