import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { foldSpool } from '../../src/commands/fold-spool.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { capture, clockAt } from './in-process.ts';
import type { Random } from './random.ts';
import { contentsOfFile, findingsIn, noRandomness } from './vault-contents.ts';
import { MONDAY, SOON, WEEK } from './vault-logs.ts';

const PROGRAM = fileURLToPath(new URL('spool-until-killed.ts', import.meta.url));
/** What a program takes in one turn. */
const PER_TURN = 10;

/** What a program said last. */
interface Said {
  taken: number;
  onDisk: number;
}

/** A program that is killed at some moment, with another counting its spool meanwhile, again and again. */
export async function killAgainAndAgain(
  folder: string,
  kills: number,
  random: Random,
): Promise<{ lost: number; taken: number }> {
  const spool = join(folder, 'spool');
  const vault = join(folder, 'vault.sqlite');
  const fold = () => foldSpool(spool, { vault }, capture(), clockAt(SOON as EpochSeconds));
  const said: Said[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const program = spawn(process.execPath, [PROGRAM, spool, String(MONDAY + kill), `run-${kill}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    said.push(await lastWords(program, random.below(700), kill % 4 === 0 ? fold : undefined));
  }
  await fold();
  const before = contentsOfFile(vault);
  const counted = countsOf(vault);
  let lost = 0;
  for (const [kill, { taken, onDisk }] of said.entries()) {
    const count = counted.get(`run-${kill}`) ?? 0;
    assert.ok(count >= onDisk, `kill ${kill}: ${onDisk} were on the disk and ${count} were counted`);
    assert.ok(count <= taken + PER_TURN, `kill ${kill}: ${taken} were taken and ${count} were counted`);
    lost += Math.max(0, taken - count);
  }
  await fold();
  assert.equal(contentsOfFile(vault), before, 'what is counted again changes nothing');
  assert.deepEqual(findingsIn(vault), []);
  return { lost, taken: said.reduce((sum, { taken }) => sum + taken, 0) };
}

async function lastWords(
  program: ChildProcess,
  milliseconds: number,
  meanwhile: (() => Promise<unknown>) | undefined,
): Promise<Said> {
  let text = '';
  const output = program.stdout!;
  output.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(program, 'close');
  await once(output, 'data');
  await Promise.all([wait(milliseconds), meanwhile?.()]);
  program.kill('SIGKILL');
  const [, signal] = await closed;
  assert.equal(signal, 'SIGKILL');
  const lines = text.split('\n').slice(0, -1);
  const [taken, onDisk] = lines.at(-1)!.split(' ').map(Number) as [number, number];
  return { taken, onDisk };
}

function countsOf(path: string): Map<string, number> {
  const vault = Vault.open(path, 'read', noRandomness);
  const counts = new Map<string, number>();
  for (const { request, hits } of vault.cells(WEEK))
    counts.set(request.repoTag, (counts.get(request.repoTag) ?? 0) + hits);
  vault.close();
  return counts;
}
