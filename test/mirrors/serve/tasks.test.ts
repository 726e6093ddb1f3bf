import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TaskList } from '../../../src/mirrors/serve/tasks.ts';

const SECOND = (text: string) => Date.parse(text) / 1000;
const TICK = 5;

/** What was done when, as `publish 2026-07-14T02:01`, while a clock goes from one time to another. */
async function doneBetween(from: string, until: string, fails: (name: string, now: number) => boolean = () => false) {
  const done: string[] = [];
  const said: string[] = [];
  let now = SECOND(from);
  const work = (name: string) => async () => {
    done.push(`${name} ${new Date(now * 1000).toISOString().slice(0, 16)}`);
    if (fails(name, now)) throw new Error('the disk is full');
  };
  const tasks = new TaskList(
    { fold: work('fold'), publish: work('publish') },
    { now: () => now, say: (message) => void said.push(message) },
  );
  for (; now < SECOND(until); now += TICK) await tasks.tick();
  return { done, said, status: tasks.status };
}

const of = (name: string, done: readonly string[]) =>
  done.filter((text) => text.startsWith(name)).map((text) => text.slice(name.length + 1));

describe('the site is published without anybody touching it', () => {
  test('check-ins are counted every ten minutes, before anything is published', async () => {
    const { done } = await doneBetween('2026-07-13T12:00:00Z', '2026-07-13T13:00:00Z');
    assert.equal(of('fold', done).length, 6);
    assert.deepEqual(done.slice(0, 2), ['fold 2026-07-13T12:00', 'publish 2026-07-13T12:00']);
  });

  test('a week that becomes due on Tuesday at 02:00 is published within minutes', async () => {
    const { done } = await doneBetween('2026-07-13T12:00:00Z', '2026-07-15T12:00:00Z');
    assert.deepEqual(of('publish', done), ['2026-07-13T12:00', '2026-07-14T02:10', '2026-07-15T02:10']);
  });

  test('what fails is tried again, and said once', async () => {
    const until = SECOND('2026-07-13T12:45:00Z');
    const { done, said, status } = await doneBetween(
      '2026-07-13T12:00:00Z',
      '2026-07-13T13:00:00Z',
      (name, now) => name === 'publish' && now < until,
    );
    assert.deepEqual(
      of('publish', done).map((text) => text.slice(11)),
      ['12:00', '12:10', '12:20', '12:30', '12:40', '12:50'],
    );
    assert.deepEqual(said, ['publish: the disk is full; it is tried again every ten minutes', 'publish: done again']);
    assert.deepEqual(
      status.map(({ failure }) => failure),
      [undefined, undefined],
    );
  });

  test('counting that fails keeps nothing from being published', async () => {
    const { done, status } = await doneBetween(
      '2026-07-13T12:00:00Z',
      '2026-07-13T12:01:00Z',
      (name) => name === 'fold',
    );
    assert.deepEqual(of('publish', done), ['2026-07-13T12:00']);
    assert.equal(status[0]!.failure, 'the disk is full');
  });
});
