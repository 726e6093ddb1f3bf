import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { REAL_DISK } from '../../../../src/flow/views/files/disk.ts';
import { writePublication } from '../../../../src/flow/views/files/write-publication.ts';
import { folderSource } from '../../../../src/flow/views/verification/published-source.ts';
import { verifyPublished } from '../../../../src/flow/views/verification/verify-published.ts';
import type { PublicationAsText } from '../../../support/publish-forever.ts';
import { type SmallPublication, smallPublications } from '../../../support/publishing.ts';
import { seededRandom, testSeed } from '../../../support/random.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const KILLS = 150;
const LONGEST_LIFE = 40;
const PUBLISHER = join(import.meta.dirname, '../../../support/publish-forever.ts');

const seed = testSeed();
const folder = temporaryFolder();
const out = join(folder, 'site');
const publications = join(folder, 'publications.json');
writeFileSync(publications, JSON.stringify(smallPublications(3).map(asText)));

function asText({ number, files }: SmallPublication): PublicationAsText {
  return { number, files: files.map(({ path, bytes }) => ({ path, text: Buffer.from(bytes).toString() })) };
}

async function start(turn: number): Promise<ChildProcess> {
  const child = fork(PUBLISHER, [out, publications, String(turn)]);
  await once(child, 'message');
  return child;
}

/** What a reader finds who follows the link once and then reads everything. */
async function read(): Promise<{ number: number | undefined; problems: string[] }> {
  const { manifest, problems } = await verifyPublished(folderSource(realpathSync(out)));
  return { number: manifest?.number, problems: problems.map(({ text }) => text) };
}

/** While others publish without a pause, the folder of a slow reader may go, but never has it other contents. */
async function readInAHurry(): Promise<string[]> {
  const { problems } = await read();
  return problems.filter((one) => !/: is missing$|: cannot be/.test(one));
}

test(`E11: killed ${KILLS} times while it publishes: readers always see a complete set (seed ${seed})`, async (context) => {
  const random = seededRandom(seed);
  const seen = new Map<number | undefined, number>();
  let leftovers = 0;
  let next = start(0);
  for (let kill = 0; kill < KILLS; kill++) {
    const child = await next;
    next = start(kill + 1);
    child.send('go');
    await sleep(random.below(LONGEST_LIFE));
    if (existsSync(out)) assert.deepEqual(await readInAHurry(), [], `before kill ${kill}`);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    if (existsSync(`${out}.publications`)) {
      leftovers += readdirSync(`${out}.publications`).filter((name) => /^\.(?:partial|gone|link)/.test(name)).length;
    }
    if (existsSync(out)) {
      const { number, problems } = await read();
      assert.deepEqual(problems, [], `after kill ${kill}`);
      seen.set(number, (seen.get(number) ?? 0) + 1);
    }
  }
  const last = await next;
  last.kill('SIGKILL');
  await once(last, 'exit');

  context.diagnostic(`seen after kills: ${JSON.stringify([...seen])}; ${leftovers} leftovers of killed runs`);
  assert.ok(seen.size === 3 && leftovers > 10, 'the kills came in the middle of publishing');
  const [first] = smallPublications(1);
  writePublication(REAL_DISK, out, first!.files, first!.number);
  assert.deepEqual(await read(), { number: 1, problems: [] });
  assert.deepEqual(
    readdirSync(`${out}.publications`).filter((name) => /^\.(?:partial|gone|link)/.test(name)),
    [],
  );
});
