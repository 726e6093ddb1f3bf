import { after, test } from 'node:test';
import { newReaders } from '../support/in-process.ts';
import { testSeed } from '../support/random.ts';
import { placeInMemory, temporaryFolder } from '../support/temporary-folder.ts';
import { keylessRound, mixtureRound } from '../support/travelling.ts';

const MINUTES = Number(process.env['ROLLCALL_FUZZ_MINUTES'] ?? 10);
const SIZES = [
  { servers: 2, days: 2, linesADay: 60 },
  { servers: 3, days: 1, linesADay: 8 },
  { servers: 2, days: 8, linesADay: 150 },
  { servers: 1, days: 1, linesADay: 6000 },
];

const seed = testSeed();
const readers = newReaders(1);
after(() => readers.close());

test(`I4: ${MINUTES} minutes of re-cut logs, as tallies and logs in any mixture, are the very vault of the logs (from seed ${seed})`, async (context) => {
  const folder = temporaryFolder(context, placeInMemory());
  const end = performance.now() + MINUTES * 60_000;
  let rounds = 0;
  let partly = 0;
  for (; performance.now() < end; rounds++)
    partly += await mixtureRound(readers, folder, seed + rounds, SIZES[rounds % SIZES.length]!);
  for (let round = 0; round < rounds / 4; round++)
    await keylessRound(readers, folder, seed + round, SIZES[round % SIZES.length]!);
  context.diagnostic(`${rounds} rounds, ${partly} logs were partly known`);
});
