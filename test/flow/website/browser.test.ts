import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser, type SampleSite, serveSite, skipWithoutBrowser } from '../../support/browser.ts';
import { SAMPLE_NEWEST, samplePublication } from '../../support/sample-publication.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Each kind of page in English, the newest week's bulletin, and three pages in Japanese. */
function isLookedAt(path: string): boolean {
  if (path.startsWith('ja/')) return ['ja/', 'ja/versions/', 'ja/methodology/'].includes(path);
  return !path.startsWith('week/') || path === 'week/' || path === 'week/2026-W19/';
}

const folder = temporaryFolder();

describe('the site in a browser', { skip: skipWithoutBrowser }, () => {
  let browser: Browser;
  let site: SampleSite;

  before(async () => {
    site = await serveSite(samplePublication(), folder);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });

  interface Visit {
    page: Page;
    /** What a reader would not want: requests elsewhere, errors, refused resources. */
    complaints: string[];
  }

  /** Opens each page in turn in one window. */
  async function visitAll(options: BrowserContextOptions, look: (visit: Visit, path: string) => Promise<void>) {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(site.address) && !url.startsWith('data:')) complaints.push(`asks ${url}`);
      });
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('response', (response) => {
        if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
      });
      for (const path of site.pages.filter(isLookedAt)) {
        await page.goto(site.address + path);
        await look({ page, complaints }, path);
        assert.deepEqual(complaints, [], path);
      }
    } finally {
      await context.close();
    }
  }

  for (const javaScriptEnabled of [true, false]) {
    for (const [device, viewport] of [
      ['phone', PHONE],
      ['desktop', DESKTOP],
    ] as const) {
      test(`F02: every page renders on a ${device} ${javaScriptEnabled ? 'with' : 'without'} scripts, and asks nobody else`, async () => {
        await visitAll({ javaScriptEnabled, viewport }, async ({ page }, path) => {
          assert.equal(await page.locator('h1').count(), 1, `${path}: one heading of the page`);
          assert.ok((await page.locator('main').innerText()).length > 100, `${path}: says something`);
          const width = await page.locator('html').evaluate((root) => root.scrollWidth);
          assert.ok(width <= viewport.width, `${path}: ${width} px wide on ${viewport.width} px`);
          for (const picture of await page.locator('main svg[role=img]:visible').all()) {
            const box = await picture.boundingBox();
            assert.ok(box !== null && box.width > 20 && box.height > 10, `${path}: a picture without size`);
          }
        });
      });
    }
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [device, viewport] of [
      ['phone', PHONE],
      ['desktop', DESKTOP],
    ] as const) {
      test(`axe finds nothing on a ${device} in ${colorScheme} colours`, async () => {
        await visitAll({ colorScheme, viewport, bypassCSP: true }, async ({ page }, path) => {
          await page.evaluate(AXE);
          const found = await page.evaluate(async () => {
            type Axe = {
              run(): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }>;
            };
            const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
            return violations.map(
              ({ id, nodes }) =>
                `${id}: ${nodes
                  .slice(0, 3)
                  .map((node) => `${JSON.stringify(node.target)} ${node.failureSummary ?? ''}`)
                  .join(' | ')}`,
            );
          });
          assert.deepEqual(found, [], path);
        });
      });
    }
  }

  test('F02: a picture that is opened by itself has its colours, under the same policy', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(site.address);
    const chart = await page.locator('a[href$=".svg"]').first().getAttribute('href');
    for (const path of ['badge/systems.svg', chart!]) {
      const response = await page.goto(site.address + path);
      assert.equal(response?.status(), 200, path);
      const fill = await page
        .locator('text')
        .first()
        .evaluate((mark) => getComputedStyle(mark).fill);
      assert.notEqual(fill, 'rgb(0, 0, 0)', path);
    }
    assert.deepEqual(
      complaints.filter((text) => /policy/i.test(text)),
      [],
    );
    await page.close();
  });

  test('the home page says how many, whether that grows and how sure one can be, before anything else', async () => {
    const page = await browser.newPage({ viewport: PHONE, javaScriptEnabled: false });
    await page.goto(site.address);
    const text = await page.locator('main').innerText();
    const first = text.slice(0, 600);
    assert.match(first, /About 21,800 Meridian Linux systems checked in last week/);
    assert.match(first, /Compared with three months ago/);
    assert.match(first, /quality of our logs: A \(99\.5% are there\)/);
    assert.match(text.slice(0, 1_600), /Repositories disagree by|Our repositories disagree by/);
    assert.match(text, new RegExp(String(Number(SAMPLE_NEWEST.slice(8)))));
    await page.close();
  });
});
