import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mondayOf, sundayOf, type Week } from '../src/flow/sightings/week.ts';
import { compare, median, type Run, run, runRollcall } from './measure.ts';
import type { Bench, Row } from './results.ts';
import { ALL_TOTALS, FIRST_WEEK, LAST_WEEK, makeTotalsFile, TOTALS_FOLDER } from './totals-file.ts';
import { writeYearsOfLogs } from './years-of-logs.ts';

const ROUNDS = Number(process.env['ROLLCALL_BENCH_ROUNDS'] ?? 3);
const WEEKS_OF_YEAR = 52;
const WEEKS_OF_LOGS = 5 * WEEKS_OF_YEAR;
const NEXT_WEEK = (LAST_WEEK + 1) as Week;
const DISTRIBUTION = ['--distribution', 'fedora'];

/** A file of totals as large as Fedora's today, and five years of daily logs from three servers. */
export async function benchSize(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-size-'));
  try {
    const all = await makeTotalsFile(ALL_TOTALS, FIRST_WEEK, LAST_WEEK);
    const year = await makeTotalsFile(
      join(TOTALS_FOLDER, 'totals-one-year.csv'),
      (LAST_WEEK - WEEKS_OF_YEAR + 1) as Week,
      LAST_WEEK,
    );
    const next = await makeTotalsFile(join(TOTALS_FOLDER, 'totals-one-more-week.csv'), NEXT_WEEK, NEXT_WEEK);
    const vault = join(folder, 'all.sqlite');
    return {
      name: 'size',
      text: `Whole processes. A made-up totals.csv as Fedora's is today: 350 weeks, 7.5 million rows, 619 MB; the peer reads it
and adds up equal rows with two threads. The vault is published as Fedora's, protected, with its site.`,
      rows: [
        ...(await measureImport(all, vault)),
        ...(await measureLooks(vault)),
        ...(await measurePublishing({ all: vault, year, next, folder })),
        await measureLogs(folder),
      ],
      peers: `DuckDB ${await duckdbVersion()}, 2 threads`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureImport(file: string, vault: string): Promise<Row[]> {
  let megabytes = 0;
  const ours = async () => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(vault + suffix, { force: true });
    const imported = await runRollcall(['import', '--vault', vault, file], { withMemory: true });
    megabytes = Math.max(megabytes, imported.megabytes!);
    return imported;
  };
  const theirs = () => run(process.execPath, ['bench/group-totals.js', file]);
  const hits = /([\d,]+) check-ins/.exec((await ours()).output)?.[1]?.replaceAll(',', '');
  const [, grouped] = (await theirs()).output.split(' ');
  if (hits !== grouped) throw new Error(`${file}: Rollcall read ${hits} check-ins, DuckDB ${grouped}`);
  const pair = await compare(
    ROUNDS,
    async () => (await ours()).seconds,
    async () => (await theirs()).seconds,
  );
  const what = 'import 619 MB of totals.csv';
  const peer = 'DuckDB, read and group';
  const [mine, other] = [`${pair.ours.toFixed(2)} s`, `${pair.theirs.toFixed(2)} s`];
  return [
    { what, ours: mine, peer, theirs: other, figure: pair.ratio, target: 3, unit: 'x' },
    memory(what, megabytes, 300),
  ];
}

/** What an operator asks of the vault every week. */
async function measureLooks(vault: string): Promise<Row[]> {
  const totals = ['totals', '--week', mondayOf(LAST_WEEK), '--csv', `${vault}.csv`];
  const rows: Row[] = [];
  for (const [what, command] of [
    ['report', ['report']],
    // Exit code 1 says that it has found something.
    ['doctor', ['doctor']],
    ['totals of the newest week', totals],
  ] as const) {
    const runs: Run[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      runs.push(await runRollcall([...command, '--vault', vault], { withMemory: true, codes: [0, 1] }));
    }
    const figure = median(runs.slice(1).map(({ seconds: taken }) => taken));
    rows.push(seconds(`${what}, of 350 weeks`, figure, 1));
    rows.push(memory(what, Math.max(...runs.map(({ megabytes }) => megabytes!)), 200));
  }
  return rows;
}

async function measurePublishing(files: { all: string; year: string; next: string; folder: string }): Promise<Row[]> {
  const { all, year, next, folder } = files;
  const published = await publish(all, join(folder, 'site'), LAST_WEEK);
  const unchanged = await publish(all, join(folder, 'site'), LAST_WEEK);
  await runRollcall(['import', '--vault', all, next]);
  const more = await publish(all, join(folder, 'site'), NEXT_WEEK);
  const young = join(folder, 'year.sqlite');
  await runRollcall(['import', '--vault', young, year]);
  await publish(young, join(folder, 'young'), LAST_WEEK);
  await runRollcall(['import', '--vault', young, next]);
  const moreOfYoung = await publish(young, join(folder, 'young'), NEXT_WEEK);
  const [what, one] = ['publish 350 weeks for the first time', 'publish one more week'];
  return [
    seconds(what, published.seconds, 150),
    memory(what, published.megabytes!, 700),
    seconds(one, more.seconds, 10),
    memory(one, more.megabytes!, 400),
    {
      what: `${one}, 350 weeks`,
      ours: `${more.seconds.toFixed(2)} s`,
      peer: 'the same with one year',
      theirs: `${moreOfYoung.seconds.toFixed(2)} s`,
      figure: more.seconds / moreOfYoung.seconds,
      target: 1.5,
      unit: 'x',
    },
    seconds('publish when nothing has changed', unchanged.seconds, 1),
  ];
}

/** On the day after the next one, when a week is due (26 hours after its end). Some weeks may be held: exit code 1. */
async function publish(vault: string, out: string, last: Week, distribution = DISTRIBUTION): Promise<Run> {
  const day = new Date(Date.parse(sundayOf(last)) + 3 * 86_400_000).toISOString().slice(0, 10);
  const args = ['publish', '--vault', vault, '--out', out, '--as-of', day, ...distribution];
  return await runRollcall(args, { withMemory: true, codes: [0, 1] });
}

/** Whether twice the weeks take twice the time. */
async function measureLogs(folder: string): Promise<Row> {
  const vault = join(folder, 'logs.sqlite');
  const logs = join(folder, 'logs');
  const half = WEEKS_OF_LOGS / 2;
  const first = (LAST_WEEK - WEEKS_OF_LOGS + 1) as Week;
  const times: number[] = [];
  for (const start of [first, (first + half) as Week]) {
    rmSync(logs, { recursive: true, force: true });
    writeYearsOfLogs(logs, start, half);
    await runRollcall(['ingest', '--vault', vault, logs]);
    // A vault remembers what was published.
    const copy = join(folder, `logs-${start}.sqlite`);
    copyFileSync(vault, copy);
    const last = (start + half - 1) as Week;
    times.push((await publish(copy, join(folder, `logs-${start}`), last, ['--distribution', 'almalinux'])).seconds);
  }
  const [ofHalf, ofAll] = times as [number, number];
  return {
    what: 'publish 5 years of daily logs from three servers, a week of it',
    ours: `${((1000 * ofAll) / WEEKS_OF_LOGS).toFixed(0)} ms`,
    peer: 'of half of them',
    theirs: `${((1000 * ofHalf) / half).toFixed(0)} ms`,
    figure: ofAll / WEEKS_OF_LOGS / (ofHalf / half),
    target: 1.2,
    unit: 'x',
  };
}

async function duckdbVersion(): Promise<string> {
  const { output } = await run(process.execPath, [
    '-e',
    "import('@duckdb/node-api').then(({ version }) => process.stdout.write(version()))",
  ]);
  return output;
}

function seconds(what: string, figure: number, target: number): Row {
  return { what, ours: `${figure.toFixed(2)} s`, peer: '', theirs: '', figure, target, unit: 's' };
}

function memory(what: string, figure: number, target: number): Row {
  return {
    what: `peak memory, ${what}`,
    ours: `${figure.toFixed(0)} MB`,
    peer: '',
    theirs: '',
    figure,
    target,
    unit: 'MB',
  };
}
