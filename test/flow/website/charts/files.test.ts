import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { chartFile, chartFileName, chartPng, PNG_SIZE } from '../../../../src/flow/website/charts/files.ts';
import { assertSvg } from '../../../support/read-svg.ts';
import { architectureBars, systemsByWeek } from '../../../support/sample-charts.ts';

const SOURCE = { text: 'Meridian Linux · week of 4 May 2026' };

describe('a chart as a file', () => {
  test('an SVG has its colours, title, answer and source with it', () => {
    for (const theme of ['auto', 'light', 'dark'] as const) {
      const text = chartFile(systemsByWeek(), { width: 960, height: 540, locale: 'en' }, theme, SOURCE);
      assertSvg(text);
      assert.ok(text.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'));
      for (const words of [systemsByWeek().title, systemsByWeek().summary, SOURCE.text])
        assert.ok(text.includes(words));
      assert.equal(text.includes('prefers-color-scheme'), theme === 'auto');
      assert.doesNotMatch(text, /https?:(?!\/\/www\.w3\.org\/2000\/svg)|@import|<script|<image/);
    }
  });

  test('a PNG has the size that links show, and the same bytes at each call', async () => {
    const [first, second] = [await png(), await png()];
    const header = new DataView(first.buffer, first.byteOffset);
    assert.deepEqual({ width: header.getUint32(16), height: header.getUint32(20) }, PNG_SIZE);
    assert.equal(sha256(first), sha256(second));
  });

  test('its name tells week, distribution, repository and chart', () => {
    const chart = { ...systemsByWeek(), id: 'systems-timeseries-line-variant' };
    assert.equal(
      chartFileName('2024-12-02', { id: 'almalinux', census: ['baseos-{release}'] }, chart),
      '2024-12-02-almalinux_baseos_systems-timeseries-line-variant',
    );
    assert.equal(
      chartFileName('2020-11-16', { id: 'fedora', census: ['fedora-{release}'] }, { ...chart, id: 'systems-map' }),
      '2020-11-16-fedora_fedora_systems-map',
    );
  });

  test('F04: its name is never a path', () => {
    for (const id of ['../x', 'a/b', '%2e%2e', 'CON', '\u0000', '日本']) {
      const name = chartFileName('2024-12-02', { id, census: [id] }, { ...systemsByWeek(), id });
      assert.match(name, /^2024-12-02-[a-z0-9-]+_[a-z0-9-]+_[a-z0-9-]+$/);
    }
  });
});

function png(): Promise<Uint8Array> {
  return chartPng(architectureBars(), { locale: 'en' }, SOURCE);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
