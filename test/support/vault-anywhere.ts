import assert from 'node:assert/strict';
import { ingest } from '../../src/commands/ingest.ts';
import { openVault } from '../../src/commands/open-vault.ts';
import { publish } from '../../src/commands/publish.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import type { Vault } from '../../src/flow/vault/vault.ts';
import { REAL_DISK } from '../../src/flow/views/files/disk.ts';
import { loadSolver } from '../../src/flow/views/protection/solver.ts';
import { capture, clockAt } from './in-process.ts';
import { renderData } from './live-through.ts';
import { numbersOf, sorted } from './travelling.ts';

/** Vaults wherever they are, by the commands themselves. */

const loaded = loadSolver();
const MEANS = { solver: () => loaded, render: renderData, disk: { ...REAL_DISK, flush: () => {} } };

/** Publishes the data files, which all others are made of. Answers what was said. */
export async function publishData(vault: string, out: string, now: EpochSeconds): Promise<string> {
  const terminal = capture();
  assert.equal(await publish({ vault, out }, terminal, now, MEANS), 0, terminal.outText());
  assert.equal(terminal.errText(), '');
  return terminal.outText();
}

export async function handIn(
  vault: string,
  paths: readonly string[],
  now: EpochSeconds,
  source = 'mirror1',
): Promise<string> {
  const terminal = capture();
  assert.equal(await ingest(paths, { vault, source, workers: 1 }, terminal, clockAt(now)), 0);
  assert.equal(terminal.errText(), '');
  return terminal.outText();
}

/** All that is counted or shown; not which of several logs that hold a line has brought it. */
export async function saysOf(place: string): Promise<unknown> {
  const terminal = capture();
  const opened = await openVault(place, terminal);
  try {
    assert.deepEqual(opened.vault.verify(), []);
    return { ...numbersIn(opened.vault), said: terminal.errText() };
  } finally {
    await opened.close();
  }
}

function numbersIn(vault: Vault): Record<string, unknown> {
  const weeks = vault.weeks();
  const hours = vault
    .logHours()
    .flatMap(({ source, week, seen }) =>
      [...seen].flatMap((byte, at) =>
        [...Array(8).keys()].filter((bit) => byte & (1 << bit)).map((bit) => `${source} ${week} ${at * 8 + bit}`),
      ),
    );
  return {
    weeks: weeks.map((summary) => ({ ...numbersOf(vault, summary), rejections: vault.rejectionsOf(summary.week) })),
    addresses: sorted(vault.addresses(weeks.map(({ week }) => week))),
    checkIns: [...vault.checkInsByHour()].map(([week, sums]) => [week, [...sums]]),
    hours: [...new Set(hours)].sort(),
    candidates: vault.logs().reduce((sum, { counted }) => sum + counted, 0),
  };
}
