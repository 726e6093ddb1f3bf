import { test } from 'node:test';
import { seededRandom, testSeed } from '../../support/random.ts';
import { killAgainAndAgain } from '../../support/spool-kills.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const seed = testSeed();

test(`E01 E07: killed 8 times under load, spool and vault hold all that was on the disk, and nothing twice (seed ${seed})`, async (context) => {
  const { lost, taken } = await killAgainAndAgain(temporaryFolder(context), 8, seededRandom(seed));
  context.diagnostic(`${taken} check-ins taken, ${lost} not yet on the disk when the program was killed`);
});
