import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Week } from '../../src/flow/sightings/week.ts';
import type { Prepared } from '../../src/flow/views/publication/prepare.ts';
import {
  compare,
  consult,
  countLogs,
  countOnArrival,
  honestWeek,
  NOISE,
  POISON,
  type Stranger,
  strangersWeek,
} from './attack.ts';
import { dueAt, Press } from './press.ts';
import { testSeed } from './random.ts';
import { WEEK } from './vault-logs.ts';

export interface Attack {
  systems: number;
  /** Of each stranger, in a week. */
  requests: number;
  /** From how many the strangers come who have many. */
  networks: number;
  /** Each way is tried with strangers of one kind only, and by turns. */
  isShort?: boolean;
}

const K = 10;
const WAYS = { 'nginx logs': countLogs, 'the service': countOnArrival };
const week = (number: number) => (WEEK + number) as Week;
const ATTACKED = week(4);
const seed = testSeed();

const weekOf = ({ publication }: Prepared) => publication.weeks.find((each) => each.week === ATTACKED)!;

/** Four weeks of peace, and a fifth in which strangers do what they can. */
export function attackedWeeks({ systems, requests, networks, isShort = false }: Attack): void {
  const peace = (async () => {
    const press = new Press();
    for (let number = 0; number < 4; number++) {
      await countLogs(press, week(number), honestWeek(week(number), systems, seed), 7);
    }
    await press.decide(dueAt(week(3)));
    return press;
  })();
  for (const [way, count] of Object.entries(WAYS)) {
    const honest = honestWeek(ATTACKED, systems, seed);
    const attacked = async (
      context: { after(cleanUp: () => void): void },
      strangers: readonly Stranger[],
      from: number,
    ) => {
      const press = (await peace).copy(context);
      await count(press, ATTACKED, [...honest, ...strangersWeek(ATTACKED, strangers, { requests, networks: from })]);
      const prepared = await press.decide(dueAt(ATTACKED));
      assert.deepEqual(
        press.inVault((vault) => vault.verify()),
        [],
      );
      const said = await consult(press, ATTACKED);
      const missed = strangers.filter(({ named }) => !named.test(said)).map(({ what }) => what);
      return { press, prepared, said, missed };
    };

    const all = [networks, 1];
    for (const from of isShort ? [all[count === countLogs ? 0 : 1]!] : all) {
      const whose = from === 1 ? 'one network' : `${from} networks`;
      test(`R3 C5 C7 W6: through ${way}, floods of names, forged agents and junk from ${whose} move no number (seed ${seed})`, async (context) => {
        const { press, prepared, said, missed } = await attacked(context, NOISE, from);
        const { systems: published, status, low, high, note } = weekOf(prepared);
        assert.ok(published !== null, `${status}: ${note}`);
        for (const number of [published, low!, high!]) {
          assert.ok(Math.abs(number - systems) < K, `${published} (${low} to ${high}) of ${systems}`);
        }
        assert.deepEqual(missed, [], said);
        // What one network sent and bears no name is told apart, or said (C7).
        const { unnamed, all } = unnamedIn(press);
        assert.equal(/ % of the check-ins bear more names than are kept/.test(note), unnamed * 1_000 >= all, note);
        const counted = press.inVault((vault) => [...vault.cells(ATTACKED)].reduce((sum, { hits }) => sum + hits, 0));
        assert.equal(counted, honest.length + 3 * requests, 'of the strangers, those who name what they like');
        assert.deepEqual(compare(press, ATTACKED, honest), { lost: 0, doubled: 0 }, 'each is under its own names');
      });
    }

    if (isShort && count !== countLogs) continue;
    test(`R11 J5: through ${way}, systems that there are not are told apart, or the week waits for the operator (seed ${seed})`, async (context) => {
      const one = await attacked(context, [POISON], 1);
      const { systems: published, status } = weekOf(one.prepared);
      // What one network can add (R11): a ninth of what is there, or the first 999.
      const most = Math.max(999, systems / 9) + K;
      if (published === null) assert.equal(status, 'held');
      else assert.ok(published > systems - K && published < systems + most, `${published} of ${systems}`);
      assert.deepEqual(one.missed, [], one.said);

      const many = await attacked(context, [{ ...POISON, named: /./ }], networks);
      const held = weekOf(many.prepared);
      assert.deepEqual([held.systems, held.status], [null, 'held'], 'a thousand networks cannot be told from systems');
    });
  }
}

function unnamedIn(press: Press): { unnamed: number; all: number } {
  const sums = { unnamed: 0, all: 0 };
  const cells = press.inVault((vault) => vault.split(ATTACKED).counted);
  for (const { system, request, hits } of cells) {
    sums.all += hits;
    if ([...Object.values(system), ...Object.values(request)].includes('other')) sums.unnamed += hits;
  }
  return sums;
}
