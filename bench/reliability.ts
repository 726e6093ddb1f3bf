import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import type { Week } from '../src/flow/sightings/week.ts';
import {
  compare,
  consult,
  countLogs,
  countOnArrival,
  honestWeek,
  NOISE,
  strangersWeek,
} from '../test/support/attack.ts';
import { nginxLine, type WireRequest } from '../test/support/nginx-log.ts';
import { dueAt, Press } from '../test/support/press.ts';
import { WEEK } from '../test/support/vault-logs.ts';
import { runRollcall } from './measure.ts';
import type { Bench, Row } from './results.ts';

/** Of each stranger in the week of attack, and of each flood whose memory is measured. */
const REQUESTS = Number(process.env['ROLLCALL_BENCH_REQUESTS'] ?? 50_000);
const SYSTEMS = 20_000;
const SEED = 20_260;
const NETWORKS = 1_000;
const WEEKS_OF_PEACE = 4;
/** Tests that break something on purpose. */
const FAULT_TESTS =
  /(faults-.|crash|damage|floods|copytruncate|torn-lines|kill|publish-kill|hostile|fold-spool)\.test\.ts$/;
/** An id of the fault catalogue in the name of a test. */
const FAULT = /\b[A-H]\d\d\b/g;

/** What was tried against Rollcall, and what came of it. Every figure is of this run. */
export async function benchReliability(): Promise<Bench> {
  const rows = [...(await faults()), ...(await attacks()), ...(await memory())];
  return {
    name: 'reliability',
    text: `Faults are tests that break something on purpose, by the ids of the catalogue in their names; each asserts that nothing is
lost and nothing doubled. The weeks of attack have ${SYSTEMS.toLocaleString('en-US')} honest systems and ${REQUESTS.toLocaleString('en-US')} requests of each of ${NOISE.length} strangers;
of the honest check-ins each is looked for in the vault. Memory is the peak of whole processes.`,
    rows,
    peers: '',
  };
}

async function faults(): Promise<Row[]> {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => FAULT_TESTS.test(file))
    .map((file) => join('test', file));
  let tried = 0;
  let failed = 0;
  const ids = new Set<string>();
  const stream = run({ files, concurrency: 1 });
  const count = (event: { name: string; details: { type?: string | undefined } }, hasPassed: boolean) => {
    const found = event.name.match(FAULT);
    if (found === null || event.details.type === 'suite') return;
    tried++;
    if (!hasPassed) failed++;
    for (const id of found) ids.add(id);
  };
  stream.on('test:pass', (event) => count(event, true));
  stream.on('test:fail', (event) => count(event, false));
  stream.resume();
  await finished(stream);
  return [figureOf(`${tried} faults tried, ${ids.size} of the catalogue: not survived`, failed, 0, '')];
}

async function attacks(): Promise<Row[]> {
  const attacked = (WEEK + WEEKS_OF_PEACE) as Week;
  const peace = new Press();
  try {
    for (let number = 0; number < WEEKS_OF_PEACE; number++) {
      const week = (WEEK + number) as Week;
      await countLogs(peace, week, honestWeek(week, SYSTEMS, SEED), 7);
    }
    await peace.decide(dueAt((attacked - 1) as Week));
    const rows: Row[] = [];
    for (const [way, count] of Object.entries({ 'nginx logs': countLogs, 'the service': countOnArrival })) {
      for (const networks of [1, NETWORKS]) {
        const over: (() => void)[] = [];
        const press = peace.copy({ after: (cleanUp) => over.push(cleanUp) });
        const honest = honestWeek(attacked, SYSTEMS, SEED);
        await count(press, attacked, [...honest, ...strangersWeek(attacked, NOISE, { requests: REQUESTS, networks })]);
        const { lost, doubled } = compare(press, attacked, honest);
        const { publication } = await press.decide(dueAt(attacked));
        const { systems } = publication.weeks.find(({ week }) => week === attacked)!;
        const said = await consult(press, attacked);
        const what = `attack through ${way} from ${networks === 1 ? 'one network' : `${networks} networks`}`;
        rows.push(
          figureOf(`${what}: honest check-ins lost, of ${honest.length}`, lost, 0, ''),
          figureOf(`${what}: doubled`, doubled, 0, ''),
          figureOf(`${what}: published systems off by`, Math.abs((systems ?? 0) - SYSTEMS), 9, ''),
          figureOf(
            `${what}: strangers that doctor does not name`,
            NOISE.filter(({ named }) => !named.test(said)).length,
            0,
            '',
          ),
        );
        for (const cleanUp of over) cleanUp();
      }
    }
    return rows;
  } finally {
    rmSync(peace.folder, { recursive: true, force: true });
  }
}

const FLOODS: Record<string, (n: number) => Partial<WireRequest>> = {
  'names of their own in every field': (n) => NOISE[0]!.request(n, ''),
  'names of 200 bytes': (n) => NOISE[1]!.request(n, ''),
  // Of as many networks, countries and names as fit: more groups than a week has room for.
  'real names in all combinations': (n) => NOISE[2]!.request(n, ''),
};
const DAYS = 4;
/** Resident, in MB, as README states it for two cores. */
const MOST: Readonly<Record<string, number>> = {
  ingest: 1_000,
  verify: 700,
  report: 700,
  doctor: 700,
  totals: 700,
  publish: 1_000,
};

async function memory(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, request] of Object.entries(FLOODS)) {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-flood-'));
    try {
      const logs: string[] = [];
      for (let day = 0; day < DAYS; day++) logs.push(await writeFlood(join(folder, `${day}.log`), day, request));
      const vault = join(folder, 'vault.sqlite');
      const peaks: [string, number][] = [];
      const measure = async (command: string, args: readonly string[]) => {
        // The doctor has something to say.
        const codes = command === 'doctor' ? [1] : [0];
        const { megabytes } = await runRollcall([command, '--vault', vault, ...args], { withMemory: true, codes });
        peaks.push([command, megabytes!]);
      };
      await measure('ingest', ['--json', ...logs]);
      await measure('verify', []);
      await measure('report', []);
      await measure('doctor', []);
      await measure('totals', ['--csv', join(folder, 'totals.csv')]);
      await measure('publish', ['--distribution', 'almalinux', '--out', join(folder, 'site')]);
      for (const [command, peak] of peaks) {
        rows.push(figureOf(`peak memory, ${command}, ${what}`, peak, MOST[command]!, 'MB'));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

async function writeFlood(path: string, day: number, request: (n: number) => Partial<WireRequest>): Promise<string> {
  const file = createWriteStream(path);
  for (let n = day * REQUESTS; n < (day + 1) * REQUESTS; n++) {
    const time = Date.UTC(2025, 7, 4 + day, 9) / 1000 + (n % 3_600);
    const address = `${11 + (n % 180)}.${(n * 7) % 250}.${(n * 13) % 250}.7`;
    const wire = { method: 'GET', target: '', agent: 'libdnf', status: 200, time, address, ...request(n) };
    if (!file.write(`${nginxLine(wire)}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return path;
}

function figureOf(what: string, figure: number, target: number, unit: string): Row {
  return { what, ours: `${Math.round(figure)} ${unit}`.trim(), peer: '', theirs: '', figure, target, unit };
}
