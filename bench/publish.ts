import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FEDORA_DATABASE } from '../test/support/fedora-2020.ts';
import { median, runRollcall } from './measure.ts';
import type { Bench, Row } from './results.ts';

const ROUNDS = Number(process.env['ROLLCALL_BENCH_ROUNDS'] ?? 5);
const KILOBYTE = 1000;

/** Publishing Fedora's 2020: 41 weeks, 43,610 rows; two ways, as its source published it and with small groups protected. */
export async function benchPublish(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-publish-'));
  try {
    const asPublished = await publishTimes(folder, 'as-published', ['--as-published']);
    const guarded = await publishTimes(folder, 'protected', []);
    const site = join(folder, 'as-published-0');
    return {
      name: 'publish',
      text: `Whole processes, medians of ${ROUNDS} runs into new folders: Fedora's published totals of 2020 (41 weeks, 43,610 rows) from
the vault to data files, charts, badges and the website in two languages, on disk. Weights are uncompressed.`,
      rows: [
        seconds('publish Fedora 2020 as published, with its site', asPublished),
        seconds('publish Fedora 2020 with small groups protected', guarded),
        kilobytes(
          'home page with stylesheet and script',
          weightOf(site, ['index.html', 'assets/site.css', 'assets/site.js']),
          150,
        ),
        kilobytes('script', weightOf(site, ['assets/site.js']), 40),
      ],
      peers: '',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function publishTimes(folder: string, name: string, options: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    // A vault remembers what was published: each run has its own.
    const vault = join(folder, `${name}-${round}.sqlite`);
    await runRollcall(['import', '--vault', vault, FEDORA_DATABASE]);
    const out = join(folder, `${name}-${round}`);
    times.push(
      (await runRollcall(['publish', '--vault', vault, '--out', out, '--as-of', '2020-11-24', ...options])).seconds,
    );
  }
  return median(times.slice(1));
}

function weightOf(site: string, files: readonly string[]): number {
  return files.reduce((sum, file) => sum + readFileSync(join(site, file)).length, 0) / KILOBYTE;
}

function seconds(what: string, figure: number): Row {
  return { what, ours: `${figure.toFixed(2)} s`, peer: '', theirs: '', figure, target: 10, unit: 's' };
}

function kilobytes(what: string, figure: number, target: number): Row {
  return { what, ours: `${figure.toFixed(0)} kB`, peer: '', theirs: '', figure, target, unit: 'kB' };
}
