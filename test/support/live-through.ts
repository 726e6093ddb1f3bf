import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { importTotals } from '../../src/commands/import.ts';
import { type Means, type PublishOptions, publish } from '../../src/commands/publish.ts';
import { COUNTING_CLIENTS } from '../../src/flow/sightings/system.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { REAL_DISK } from '../../src/flow/views/files/disk.ts';
import { NOTHING_KEPT } from '../../src/flow/views/files/kept-files.ts';
import { renderFiles } from '../../src/flow/views/files/render-files.ts';
import { loadSolver } from '../../src/flow/views/protection/solver.ts';
import type { OutputFile } from '../../src/flow/views/publication/output-file.ts';
import type { Publication } from '../../src/flow/views/publication/tables.ts';
import { buildWebsite } from '../../src/flow/website/website.ts';
import type { Territories } from '../../src/geo/territories.ts';
import { fleetLog } from './fleet-log.ts';
import { capture } from './in-process.ts';
import { dueAt, Press, type Run } from './press.ts';
import { type PublishStep, STRANGE_CLIENT, type Step, type StrangeStep } from './random-history.ts';
import { RULES, readWithKernel } from './readers.ts';
import { placeInMemory } from './temporary-folder.ts';
import { WEEK } from './vault-logs.ts';

export type Render = Means['render'];

const loaded = loadSolver();
const solver = () => loaded;
/** Power cuts are no part of these histories, and to wait for the disk would take most of their time. */
const place = placeInMemory();
const disk = { ...REAL_DISK, flush: () => {} };

/** The data files of a publication, without pages. */
export async function renderData(
  publication: Publication,
  _territories: Territories,
  scratch: string,
  kept = NOTHING_KEPT,
): Promise<OutputFile[]> {
  return await renderFiles(publication, scratch, kept);
}

/** All of a publication but its pictures, for which their data stand: to draw them takes ten times as long as the rest. */
export async function renderPages(
  publication: Publication,
  territories: Territories,
  scratch: string,
  kept = NOTHING_KEPT,
): Promise<OutputFile[]> {
  const data = await renderData(publication, territories, scratch, kept);
  const files = data.map(({ path, bytes, rows }) => ({ path, bytes: bytes.length, sha256: '', rows }));
  const website = buildWebsite(publication, {
    files,
    isKept: kept.has,
    territories,
    assets: { stylesheet: '', script: '' },
  });
  const pictures = website.charts.flatMap(({ path, alsoAt, chart, language }) => {
    const picture = { bytes: Buffer.from(JSON.stringify(chart)), mediaType: 'application/json' };
    const kinds = language === 'en' ? ['svg', 'png'] : ['svg'];
    return [path, ...alsoAt].flatMap((at) => kinds.map((kind) => ({ ...picture, path: `${at}.${kind}` })));
  });
  const made = [...data, ...website.files, ...pictures];
  const paths = new Set(made.map(({ path }) => path));
  return [...made, ...kept.all.filter(({ path }) => !paths.has(path))];
}

/**
 * Lives through a history, by the commands themselves. Asserts that each time something is published, or sentences say
 * what to do, and that the same again gives the same. Answers how often something was published.
 */
export async function liveThrough(steps: readonly Step[], render: Render): Promise<number> {
  const cleanUps: (() => void)[] = [];
  const press = new Press({ after: (cleanUp) => cleanUps.push(cleanUp) }, place);
  try {
    let publications = 0;
    for (const [place, step] of steps.entries()) {
      if (step.kind === 'log') countLog(press, place, step);
      else if (step.kind === 'import') await importWeek(press, place, step);
      else if (isStrange(step)) countStrangers(press, step);
      else if (step.kind === 'close') inWriting(press, (vault) => vault.closeWeeks(momentOf(step)));
      else if (existsSync(press.vault)) publications += await publishWell(press, step, render);
    }
    return publications;
  } finally {
    for (const cleanUp of cleanUps) cleanUp();
  }
}

function isStrange(step: Step): step is StrangeStep {
  return step.kind === 'strange' || step.kind === 'recount';
}

function momentOf({ at }: { at: number }): EpochSeconds {
  return dueAt((WEEK + at) as Week);
}

function inWriting<Result>(press: Press, work: (vault: Vault) => Result): Result {
  const vault = Vault.open(press.vault, 'write', randomBytes);
  try {
    return work(vault);
  } finally {
    vault.close();
  }
}

/** As `ingest` does, without its threads. */
function countLog(press: Press, place: number, { week, source, groups, from, until }: Step & { kind: 'log' }): void {
  const text = fleetLog((WEEK + week) as Week, groups, { from, until });
  const { tally, sha256 } = readWithKernel(Buffer.from(text));
  inWriting(press, (vault) => {
    const log = { name: `${source}-${place}.log`, source, origin: 'log', format: 'combined', isMarked: true } as const;
    const read = { sha256, front: undefined, candidates: tally.candidates, tally, whole: true } as const;
    const knownStates = vault.statesAt(tally.firstHour);
    vault.record([{ ...log, ...read, begins: undefined, leftOut: [], knownStates, mode: 'add' }]);
  });
}

/** As `ingest --agent` does, and then `recount` without. */
function countStrangers(press: Press, { kind, week, groups }: StrangeStep): void {
  const behind = fleetLog((WEEK + week + 1) as Week, [{ systems: 1 }], { until: 1 });
  const text = Buffer.from(fleetLog((WEEK + week) as Week, groups) + behind);
  const clients = kind === 'strange' ? [...COUNTING_CLIENTS, STRANGE_CLIENT] : COUNTING_CLIENTS;
  const { tally, sha256 } = readWithKernel(text, undefined, { ...RULES, clients });
  inWriting(press, (vault) => {
    const log = { name: `strange-${week}.log`, source: 'mirror4', origin: 'log', format: 'combined' } as const;
    const read = {
      isMarked: true,
      sha256,
      front: undefined,
      candidates: tally.candidates,
      tally,
      whole: true,
    } as const;
    const knownStates = vault.statesAt(tally.firstHour);
    const mode = kind === 'strange' ? 'add' : 'recount';
    const [outcome] = vault.record([{ ...log, ...read, begins: undefined, leftOut: [], knownStates, mode }]);
    // Few lines have no identity (G1), and then are not found again.
    assert.ok(outcome?.status === 'counted' || tally.candidates < 15, outcome?.status);
  });
}

const HEADER = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch';

async function importWeek(press: Press, place: number, { rows }: Step & { kind: 'import' }): Promise<void> {
  const file = press.write(`totals-${place}.csv`, `${[HEADER, ...rows].join('\r\n')}\r\n`);
  await importTotals(file, { vault: press.vault, replace: true }, capture());
}

const NOTHING_YET = /^No week can be published yet, so nothing was written\.$/m;

async function publishWell(press: Press, step: PublishStep, render: Render): Promise<number> {
  const options = {
    vault: press.vault,
    out: press.out,
    distribution: press.write('almalinux.yaml', step.distribution),
    annotations: press.write('annotations.yaml', step.annotations),
    ...(step.asPublished ? { asPublished: true } : {}),
  };
  const run = async (more: Partial<PublishOptions> = {}, renderer = render): Promise<Run> => {
    const terminal = capture();
    const means = { solver, render: renderer, disk };
    const code = await publish({ ...options, ...more }, terminal, momentOf(step), means);
    return { code, out: terminal.outText(), err: terminal.errText() };
  };
  const before = recordedIn(press);
  if (step.asPublished && press.inVault((vault) => vault.weeks()).some(({ coverage }) => coverage !== undefined)) {
    await assert.rejects(run(), /only imported totals can be passed on as published; leave --as-published .* out, or /);
    assert.deepEqual(recordedIn(press), before, 'what is refused records nothing');
    return 0;
  }
  const first = await run();
  const held = heldAndSaid(first);
  const isPublished = !NOTHING_YET.test(first.out);
  if (isPublished) {
    await assertTheSameAgain(press, first, run);
    await press.assertAsPublished(press.out, render);
  } else assert.deepEqual(recordedIn(press), before, 'what shows nothing records nothing');
  if (held.length === 0 || !step.confirms) return isPublished ? 1 : 0;
  const recorded = recordedIn(press);
  await assert.rejects(run({ confirm: held }, torn), /^Error: torn$/);
  assert.deepEqual(recordedIn(press), recorded, 'nothing is recorded before its files can be made');
  const confirmed = await run({ confirm: held });
  assert.deepEqual([confirmed.code, heldAndSaid(confirmed)], [0, []], confirmed.out);
  await press.assertAsPublished(press.out, render);
  return isPublished ? 2 : 1;
}

/** The power goes out while pages are made. */
function torn(): Promise<never> {
  return Promise.reject(new Error('torn'));
}

function recordedIn(press: Press): unknown {
  return press.inVault((vault) => [
    vault.revisions('almalinux').length,
    vault.manifests('almalinux'),
    [...vault.confirmedWeeks('almalinux')],
  ]);
}

/** The weeks that wait for the operator. Asserts that whoever reads what was said knows what was done, and what to do. */
function heldAndSaid({ code, out, err }: Run): string[] {
  assert.equal(err, '');
  const held = [...out.matchAll(/^HELD: .* If it is right: rollcall publish --confirm (\S+) /gm)].map(
    ([, day]) => day!,
  );
  assert.equal(code, held.length > 0 ? 1 : 0, out);
  assert.match(out, /^Publication \d+ is in |^Nothing has changed: |^No week can be published yet/m);
  return held;
}

type Running = (more?: Partial<PublishOptions>) => Promise<Run>;

async function assertTheSameAgain(press: Press, { code }: Run, run: Running): Promise<void> {
  const shown = press.fingerprint();
  const again = await run();
  assert.deepEqual([again.code, again.err], [code, '']);
  assert.match(again.out, /^Nothing has changed: /m);
  assert.equal(press.fingerprint(), shown, 'the same again gives the same bytes');
  const anew = `${press.out}-anew`;
  await run({ out: anew });
  assert.equal(press.fingerprint(anew), shown, 'with nothing kept from the last publication it is the same');
}
