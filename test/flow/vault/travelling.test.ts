import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { type EpochSeconds, weekOf } from '../../../src/flow/sightings/week.ts';
import type { TallyKey } from '../../../src/flow/tallies/tally-key.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { newReaders } from '../../support/in-process.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { type Piece, recutLogs, type Sizes } from '../../support/recut.ts';
import { placeInMemory, temporaryFolder } from '../../support/temporary-folder.ts';
import { allOf, countFiles, tallyOf, writeIn } from '../../support/travelling.ts';
import { MONDAY } from '../../support/vault-logs.ts';

const seed = testSeed();
const KEY: TallyKey = { week: weekOf(MONDAY as EpochSeconds), key: Buffer.alloc(32, 5) };
const readers = newReaders(1);
after(() => readers.close());

/** A tenth of the lines do not count, of those some for a reason of any time. */
function textOf({ lines }: Piece): string {
  return lines
    .map(({ text }, place) => {
      const kind = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7) % 40;
      if (kind === 0) return text.replace('libdnf', 'curl');
      if (kind < 4) return text.replace('" 200 ', '" 404 ');
      return place % 50 === 3
        ? `${text}192.0.2.1 - - [04/Aug/2025:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n`
        : text;
    })
    .join('');
}

const KINDS: [name: string, sizes: Sizes, rounds: number][] = [
  ['small logs', { servers: 2, days: 2, linesADay: 60 }, 6],
  ['tiny logs', { servers: 3, days: 1, linesADay: 8 }, 8],
  ['logs of a week', { servers: 2, days: 8, linesADay: 150 }, 1],
];

for (const [name, sizes, rounds] of KINDS) {
  test(`G13: ${rounds} rounds of ${name}, re-cut, as tallies and logs in any mixture, are the very vault of the logs (seed ${seed})`, async (context) => {
    const folder = temporaryFolder(context, placeInMemory());
    let partly = 0;
    for (let round = 0; round < rounds; round++) {
      const random = seededRandom(seed + round);
      const byLogs = Vault.open(':memory:', 'write', randomBytes);
      const byTallies = Vault.open(':memory:', 'write', randomBytes);
      const told: string[] = [];
      for (const [place, piece] of recutLogs(random, MONDAY, sizes).entries()) {
        const source = random.pick(['a', 'b', 'c']);
        const path = writeIn(folder, `${round}-${place}.log`, textOf(piece));
        const [expected] = await countFiles(readers, byLogs, [path], { source });
        let given = path;
        if (random.chance(0.7)) {
          given = writeIn(
            folder,
            `${round}-${place}.tally`,
            (await tallyOf(readers, path, { key: KEY, source })).bytes,
          );
        }
        const times = random.chance(0.2) ? 2 : 1;
        const tallies = { key: KEY, withoutNetworks: false };
        const [found] = await countFiles(readers, byTallies, Array(times).fill(given), { tallies, source });
        told.push(`${piece.story}: ${expected!.status} ${expected!.counted}`);
        const story = `seed ${seed + round}: ${told.join('; ')}`;
        const outcome = ({ status, counted, known, rejected, candidates }: typeof found & {}) => {
          return { status, counted, known, rejected, candidates };
        };
        assert.deepEqual(outcome(found!), outcome(expected!), story);
        if (expected!.known > 0) partly++;
      }
      assert.deepEqual(allOf(byTallies), allOf(byLogs), `seed ${seed + round}: ${told.join('; ')}`);
      assert.deepEqual(byTallies.verify(), []);
      byLogs.close();
      byTallies.close();
    }
    context.diagnostic(`${partly} logs were partly known`);
  });
}
