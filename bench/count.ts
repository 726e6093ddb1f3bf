import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCorpus } from '../src/fleet/bench-corpus.ts';
import { measureFormats } from './formats.ts';
import { compare, median, run, runRollcall, runShell } from './measure.ts';
import type { Bench, Row } from './results.ts';

/** Files of 1 GiB are made once, in a folder that can be kept between runs. */
const FOLDER = process.env['ROLLCALL_BENCH_FOLDER'] ?? join(tmpdir(), 'rollcall-bench');
const ROUNDS = Number(process.env['ROLLCALL_BENCH_ROUNDS'] ?? 5);
const GIBIBYTE = 2 ** 30;
const SEED = 1;

const at = (name: string) => join(FOLDER, name);

async function makeCorpora(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const make = async (
    name: string,
    countmeShare: number,
    diversity: 'usual' | 'high',
    addresses: 'usual' | 'any' = 'usual',
  ) => {
    if (existsSync(at(name))) return;
    process.stdout.write(`making ${at(name)}\n`);
    await writeCorpus({ path: at(name), bytes: GIBIBYTE, countmeShare, seed: SEED, diversity, addresses });
  };
  await make('mix.log', 0.05, 'usual');
  await make('all.log', 1, 'usual');
  await make('diverse.log', 0.05, 'high');
  await make('mix-any.log', 0.05, 'usual', 'any');
  await make('all-any.log', 1, 'usual', 'any');
  if (!existsSync(at('mix.log.gz'))) await runShell(`gzip -k ${at('mix.log')}`);
  if (!existsSync(at('other.log.gz'))) {
    // Other addresses, so that it is another log to the ledger.
    await writeCorpus({
      path: at('other.log'),
      bytes: GIBIBYTE,
      countmeShare: 0.05,
      seed: SEED + 1,
      diversity: 'usual',
    });
    await runShell(`gzip ${at('other.log')}`);
  }
  if (!existsSync(at('line.log')))
    await runShell(`(head -n 200 ${at('mix.log')}; head -c ${GIBIBYTE} /dev/zero | tr '\\0' x) > ${at('line.log')}`);
}

let vaults = 0;

/** Counts logs into a new vault; the time is that of the whole process, the commit included. */
async function ingest(names: readonly string[], options: { withMemory?: boolean } = {}) {
  const vault = at(`vault-${vaults++}.sqlite`);
  // Each log is a source of its own; two servers log the same hours.
  const result = await runRollcall(['ingest', '--json', '--vault', vault, ...names.map(at)], options);
  for (const suffix of ['', '-wal', '-shm']) rmSync(vault + suffix, { force: true });
  const counted = result.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: string; counted: number });
  if (!counted.every(({ status }) => status === 'counted')) throw new Error(`not counted: ${result.output}`);
  return { ...result, counted: counted.reduce((sum, log) => sum + log.counted, 0) };
}

const pipeline = (name: string) => runShell(`rg -F countme= ${at(name)} | mawk -f bench/cube.awk`);

async function againstPipeline(name: string, what: string, target: number): Promise<Row> {
  const ours = await ingest([name]);
  const theirs = Number((await pipeline(name)).output.split(' ')[0]);
  if (ours.counted !== theirs) throw new Error(`${name}: Rollcall counted ${ours.counted}, the pipeline ${theirs}`);
  const pair = await compare(
    ROUNDS,
    async () => (await ingest([name])).seconds,
    async () => (await pipeline(name)).seconds,
  );
  return rowOf(what, pair, 'rg + mawk', target);
}

function rowOf(what: string, pair: { ours: number; theirs: number; ratio: number }, peer: string, target: number): Row {
  const seconds = (value: number) => `${value.toFixed(3)} s`;
  return { what, ours: seconds(pair.ours), peer, theirs: seconds(pair.theirs), figure: pair.ratio, target, unit: 'x' };
}

async function measure(): Promise<Row[]> {
  const rows = [
    await againstPipeline('mix.log', '1 GiB, 5 % countme', 1),
    await againstPipeline('all.log', '1 GiB, 100 % countme', 0.25),
    await againstPipeline('mix-any.log', '1 GiB, 5 % countme, addresses from everywhere', 1),
    await againstPipeline('all-any.log', '1 GiB, 100 % countme, addresses from everywhere', 0.25),
  ];
  const gzip = await compare(
    ROUNDS,
    async () => (await ingest(['mix.log.gz'])).seconds,
    async () => (await runShell(`gzip -dc ${at('mix.log.gz')} | grep -cF countme=`)).seconds,
  );
  rows.push(rowOf('1 GiB, 5 % countme, gzip', gzip, 'gzip + grep', 0.5));
  const two = await compare(
    ROUNDS,
    async () => (await ingest(['mix.log.gz', 'other.log.gz'])).seconds,
    async () => (await ingest(['mix.log.gz'])).seconds + (await ingest(['other.log.gz'])).seconds,
  );
  rows.push(rowOf('two such archives at once', two, 'one after the other', 0.6));
  const diverse = await compare(
    ROUNDS,
    async () => (await ingest(['diverse.log'])).seconds,
    async () => (await ingest(['mix.log'])).seconds,
  );
  rows.push(rowOf('5 %, 100,000 URLs and 20,000 User-Agents', diverse, 'the usual 5 %', 2));
  const corpora = [
    ['5 %', at('mix.log')],
    ['100 %', at('all.log')],
  ] as const;
  return [...rows, ...(await measureFormats(corpora, at, ROUNDS)), ...(await measureMemory()), await measureHelp()];
}

async function measureMemory(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, names] of [
    ['100 % countme', ['all.log']],
    ['100 % countme, addresses from everywhere', ['all-any.log']],
    ['diverse', ['diverse.log']],
    ['two archives', ['mix.log.gz', 'other.log.gz']],
    ['a line of 1 GiB', ['line.log']],
  ] as const) {
    const { megabytes } = await ingest(names, { withMemory: true });
    const figure = megabytes!;
    rows.push({
      what: `peak memory, ${what}`,
      ours: `${figure.toFixed(0)} MB`,
      peer: '',
      theirs: '',
      figure,
      target: 200,
      unit: 'MB',
    });
  }
  return rows;
}

async function measureHelp(): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) times.push((await runRollcall(['--help'])).seconds);
  const figure = median(times.slice(1)) * 1000;
  return { what: '--help', ours: `${figure.toFixed(0)} ms`, peer: '', theirs: '', figure, target: 150, unit: 'ms' };
}

async function describePeers(): Promise<string> {
  const version = async (program: string, args: string[]) => (await run(program, args)).output.split('\n')[0];
  const peers = [
    await version('rg', ['--version']),
    await version('gzip', ['--version']),
    await version('grep', ['--version']),
  ];
  return peers.join('; ');
}

/** Counting: whole runs of `rollcall ingest` beside pipelines that do less. */
export async function benchCount(): Promise<Bench> {
  await makeCorpora();
  const size = statSync(at('mix.log.gz')).size;
  const rows = await measure();
  return {
    name: 'count',
    text: `Whole processes, warm page cache, medians of ${ROUNDS} runs made in turn with the peer's; the ratio is the median of the
pairs' ratios. Rollcall looks up countries, keeps the ledger and commits the vault; the pipeline only counts by week, URL
and User-Agent (bench/cube.awk). The gzip archive of 1 GiB has ${Math.round(size / 1e6)} MB.`,
    rows,
    peers: await describePeers(),
  };
}
