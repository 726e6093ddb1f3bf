import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setInterval } from 'node:timers';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { openSpool } from '../../src/mirrors/counting/spool.ts';
import { spoolFolder } from '../../src/mirrors/counting/spool-files.ts';

/**
 * A program that takes check-ins at a known rate until it is killed: `FOLDER TIME REPO`. After each turn it writes how
 * many it has taken and how many of these are on the disk.
 */
const [folder = '', time = '', repo = ''] = process.argv.slice(2);
const EVERY_MILLISECONDS = 5;
const PER_TURN = 10;
/** Long after whoever started it should have killed it. */
const MOST_TURNS = 4_000;

const spool = openSpool(spoolFolder(folder, randomBytes), {
  now: () => Number(time) as EpochSeconds,
  randomBytes,
  every: (milliseconds, work) => {
    const timer = setInterval(work, milliseconds);
    return () => clearInterval(timer);
  },
  say: (message) => writeSync(2, `${message}\n`),
});

let turns = 0;
setInterval(() => {
  if (++turns > MOST_TURNS) process.exit(1);
  for (let number = 0; number < PER_TURN; number++) {
    spool.arrive({
      method: 'GET',
      target: `/mirrorlist?repo=${repo}&arch=x86_64&countme=${1 + (number % 4)}`,
      agent: `libdnf (AlmaLinux 9.${turns % 9}; generic; Linux.x86_64)`,
      status: 200,
      time: Number(time) as EpochSeconds,
      country: 'DE',
      network: BigInt(turns),
    });
  }
  const { taken, waiting } = spool.state();
  writeSync(1, `${taken} ${taken - waiting}\n`);
}, EVERY_MILLISECONDS);
