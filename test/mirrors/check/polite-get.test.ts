import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer, Get } from '../../../src/mirrors/check/answer.ts';
import { politely } from '../../../src/mirrors/check/polite-get.ts';
import { body, DOWN, MISSING } from '../../support/mirror-world.ts';

const MANNERS = { perHost: 3, inAll: 10, patience: 3, budget: 1000 };

/** Answers when it is told to, and knows how many requests are open. */
function slowWeb() {
  const open = new Map<string, number>();
  const waiting: (() => void)[] = [];
  const most = { perHost: 0, inAll: 0 };
  const get: Get = async (address) => {
    const { hostname } = new URL(address);
    open.set(hostname, (open.get(hostname) ?? 0) + 1);
    most.perHost = Math.max(most.perHost, ...open.values());
    most.inAll = Math.max(
      most.inAll,
      [...open.values()].reduce((sum, count) => sum + count, 0),
    );
    await new Promise<void>((resolve) => waiting.push(resolve));
    open.set(hostname, open.get(hostname)! - 1);
    return body(Buffer.from('x'));
  };
  const answerAll = async () => {
    for (let rounds = 0; rounds < 100; rounds++) {
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { get, most, answerAll };
}

describe('manners', () => {
  test('never more than three requests to a host, nor ten in all, and every one is made', async () => {
    const { get, most, answerAll } = slowWeb();
    const polite = politely(get, MANNERS, () => 0);
    const all = Array.from({ length: 40 }, (_, at) => polite(`http://m${at % 4}.example/${at}`, 4, 10));
    await answerAll();
    assert.equal((await Promise.all(all)).length, 40);
    assert.deepEqual(most, { perHost: 3, inAll: 10 });
    assert.equal(polite.requests(), 40);
  });

  const after = async (answers: readonly Answer[], family: 4 | 6 = 4) => {
    const left = [...answers];
    const polite = politely(
      async () => left.shift() ?? body(Buffer.from('x')),
      MANNERS,
      () => 0,
    );
    for (const _ of answers) await polite('http://m.example/x', 4, 10);
    return (await polite('http://m.example/y', family, 10)).kind;
  };

  test('after three failures in a row a host is left alone, over that IP version', async () => {
    assert.equal(await after([DOWN, DOWN, DOWN]), 'failed');
    assert.equal(await after([DOWN, DOWN, DOWN], 6), 'body');
    assert.equal(await after([DOWN, DOWN, MISSING, DOWN]), 'body');
    assert.equal(await after([MISSING, MISSING, MISSING, MISSING]), 'body');
  });

  test('a host that answers ever so slowly does not hold up the run', async () => {
    let time = 0;
    const polite = politely(
      async () => {
        time += 400;
        return MISSING;
      },
      MANNERS,
      () => time,
    );
    const kinds: string[] = [];
    for (let at = 0; at < 5; at++) kinds.push((await polite('http://m.example/x', 4, 10)).kind);
    assert.deepEqual(kinds, ['status', 'status', 'status', 'failed', 'failed']);
  });
});
