import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countLogs, type LogReport, type TallyOpening } from '../../src/commands/count-logs.ts';
import { discover } from '../../src/flow/bytes/discover.ts';
import { FEWEST_HASHED } from '../../src/flow/tallies/log-identity.ts';
import type { LogReaders } from '../../src/flow/tallies/log-readers.ts';
import { type Packed, packTravelling } from '../../src/flow/tallies/tally-file.ts';
import type { TallyKey } from '../../src/flow/tallies/tally-key.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { seededRandom } from './random.ts';
import { KEEP_PLAIN } from './readers.ts';
import { type Piece, recutLogs, type Sizes } from './recut.ts';
import { MONDAY, otherLine, WEEK } from './vault-logs.ts';

const SALT = Buffer.alloc(16, 7);

/** The tally of a log, as `rollcall tally` makes it. */
export async function tallyOf(
  readers: LogReaders,
  path: string,
  { key, name = path, source }: { key: TallyKey | undefined; name?: string; source: string },
): Promise<Packed> {
  const read = await readers.read(
    { kind: 'file', path },
    { statesAt: () => [], whole: true, isListed: key !== undefined, keptNames: KEEP_PLAIN, onProgress: () => {} },
  );
  const sha256 = read.tally.candidates >= FEWEST_HASHED ? read.sha256 : undefined;
  const { format, front, tally, digests, lines } = read;
  return packTravelling({ name, source, format, sha256, front, tally, digests, lines }, key, SALT);
}

/** Counts files into a vault, one after the other. */
export async function countFiles(
  readers: LogReaders,
  vault: Vault,
  paths: readonly string[],
  { tallies, source }: { tallies?: TallyOpening; source?: string } = {},
): Promise<LogReport[]> {
  const options = {
    readers,
    vault,
    mode: 'add' as const,
    source,
    ahead: 1,
    ...(tallies === undefined ? {} : { tallies }),
    onProgress: () => {},
  };
  const reports: LogReport[] = [];
  for await (const report of countLogs(discover(paths), options)) reports.push(report);
  return reports;
}

export function writeIn(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return path;
}

/** Texts in order: the order of rows is not what is compared. */
export function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** What a vault has of a week, and knows of its networks. */
export function numbersOf(vault: Vault, summary: ReturnType<Vault['weeks']>[number]) {
  const { week } = summary;
  return {
    ...summary,
    cells: sorted([...vault.cells(week)]),
    toldApart: sorted(vault.split(week).toldApart),
    networks: { ...vault.networks(week), systems: sorted(vault.networks(week).systems) },
  };
}

/** All that is counted or shown, but for what the order of logs may change. */
export function allOf(vault: Vault): unknown {
  return vault.snapshot(() => {
    const weeks = vault.weeks();
    return {
      weeks: weeks.map((summary) => numbersOf(vault, summary)),
      rejections: sorted(vault.rejections()),
      addresses: sorted(vault.addresses(weeks.map(({ week }) => week))),
      hours: sorted(vault.logHours().map((row) => ({ ...row, seen: [...row.seen] }))),
      logs: vault.logs(),
      checkIns: [...vault.checkInsByHour()].map(([week, hours]) => [week, [...hours]]),
    };
  });
}

/** A tenth of the lines do not count, and lines that are no check-ins stand between them. */
function textOf({ lines }: Piece): string {
  return lines
    .map(({ text }, place) => {
      const kind = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7) % 40;
      if (kind === 0) return text.replace('libdnf', 'curl');
      if (kind < 4) return text.replace('" 200 ', '" 404 ');
      return place % 50 === 3 ? text + otherLine(MONDAY + 36_000) : text;
    })
    .join('');
}

const KEY: TallyKey = { week: WEEK, key: Buffer.alloc(32, 5) };

/**
 * Re-cut logs, counted as they are, and counted as tallies and logs in any mixture, some of them twice: the same vault.
 * Answers how many logs were partly known.
 */
export async function mixtureRound(readers: LogReaders, folder: string, seed: number, sizes: Sizes): Promise<number> {
  const random = seededRandom(seed);
  const [byLogs, byTallies] = [0, 1].map(() => Vault.open(':memory:', 'write', randomBytes)) as [Vault, Vault];
  const told: string[] = [];
  const outcome = ({ status, counted, known, rejected, candidates }: LogReport) => {
    return { status, counted, known, rejected, candidates };
  };
  let partly = 0;
  try {
    for (const [place, piece] of recutLogs(random, MONDAY, sizes).entries()) {
      const source = random.pick(['a', 'b', 'c']);
      const path = writeIn(folder, `${place}.log`, textOf(piece));
      const [expected] = await countFiles(readers, byLogs, [path], { source });
      const isTally = random.chance(0.7);
      const given = isTally
        ? writeIn(folder, `${place}.tally`, (await tallyOf(readers, path, { key: KEY, source })).bytes)
        : path;
      const times = random.chance(0.2) ? 2 : 1;
      const tallies = { key: KEY, withoutNetworks: false };
      const [found] = await countFiles(readers, byTallies, Array(times).fill(given), { tallies, source });
      told.push(`${piece.story}${isTally ? ' tallied' : ''}: ${expected!.status} ${expected!.counted}`);
      assert.deepEqual(outcome(found!), outcome(expected!), `seed ${seed}: ${told.join('; ')}`);
      if (expected!.known > 0) partly++;
    }
    assert.deepEqual(allOf(byTallies), allOf(byLogs), `seed ${seed}: ${told.join('; ')}`);
    assert.deepEqual(byTallies.verify(), []);
  } finally {
    byLogs.close();
    byTallies.close();
  }
  return partly;
}

/** As `mixtureRound`, of tallies without a key: nothing is counted twice, and nothing lost but what is refused by name. */
export async function keylessRound(readers: LogReaders, folder: string, seed: number, sizes: Sizes): Promise<number> {
  const random = seededRandom(seed);
  const [byLogs, byTallies] = [0, 1].map(() => Vault.open(':memory:', 'write', randomBytes)) as [Vault, Vault];
  const told: string[] = [];
  let refused = 0;
  try {
    for (const [place, piece] of recutLogs(random, MONDAY, sizes).entries()) {
      const path = writeIn(folder, `${place}.log`, textOf(piece));
      await countFiles(readers, byLogs, [path], { source: 'a' });
      const { bytes } = await tallyOf(readers, path, { key: undefined, source: 'a' });
      const [found] = await countFiles(readers, byTallies, [writeIn(folder, `${place}.tally`, bytes)]);
      told.push(`${piece.story} ${piece.lines.length}: ${found!.status} ${found!.counted} ${found!.reason ?? ''}`);
      if (found!.status !== 'refused' || found!.candidates > 0) continue;
      refused++;
      assert.match(found!.reason!, /counted with/);
    }
    const [truth, counted] = [byLogs, byTallies].map((vault) => vault.weeks().reduce((sum, { hits }) => sum + hits, 0));
    const story = `seed ${seed}: ${told.join('; ')}`;
    if (refused === 0) assert.equal(counted, truth, story);
    else assert.ok(counted! <= truth!, story);
    assert.deepEqual(byTallies.verify(), []);
  } finally {
    byLogs.close();
    byTallies.close();
  }
  return refused;
}
