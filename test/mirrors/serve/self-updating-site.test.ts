import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { rollcall, Workplace } from '../../support/command-line.ts';
import { writeMirrorFolder } from '../../support/mirror-folder.ts';
import { type Served, startServe, untilTrue } from '../../support/serve-process.ts';

const CHECK_IN = '/mirrorlist/9/baseos?countme=2';
const AGENT = 'libdnf (AlmaLinux 9.7; generic; Linux.x86_64)';

/** A vault with three weeks of a made-up fleet, and a mirrors folder. */
async function countedPlace(context: TestContext): Promise<Workplace> {
  const place = new Workplace(context);
  mkdirSync(place.path('mirrors'));
  writeMirrorFolder(place.path('mirrors'));
  const simulated = ['simulate', '--out', 'logs', '--systems', '400', '--weeks', '3', '--seed', '5'];
  assert.equal((await rollcall(simulated, { cwd: place.folder })).code, 0);
  assert.equal((await place.ingest(['logs/mirror*'])).code, 0);
  return place;
}

const reasonsOf = async (served: Served) => JSON.parse((await served.get('/healthz')).body).reasons as string[];

test('what arrives is counted, and what is due is published, without anybody touching it', {
  timeout: 120_000,
}, async (context) => {
  const place = await countedPlace(context);
  const before = (await place.totals()).split('\n').length;
  const served = await startServe(context, place.folder, ['mirrors', '--workers', '2']);
  assert.match((await served.get('/')).body, /No statistics yet/);
  assert.equal((await served.get(CHECK_IN, { headers: { 'User-Agent': AGENT } })).status, 200);

  await untilTrue(async () => !(await served.get('/')).body.includes('No statistics yet'));
  const { status, body, headers } = await served.get('/');
  assert.equal(status, 200);
  assert.match(body, /systems/);
  assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
  for (const [, path] of body.matchAll(/href="(?!https?:|#|mailto:)([^"#?]+)"/g)) {
    const { pathname } = new URL(path!, 'http://site/');
    const linked = await served.get(pathname);
    assert.ok([200, 308].includes(linked.status), `${pathname}: ${linked.status}`);
  }
  await untilTrue(async () => (await place.totals()).split('\n').length > before);
  assert.deepEqual(
    (await reasonsOf(served)).filter((reason) => !reason.startsWith('the mirrors have not been checked')),
    [],
  );
  assert.equal(await served.stop(), 0);
});

test('a site that cannot be published is told to whoever looks, and lists are answered all the same', {
  timeout: 120_000,
}, async (context) => {
  const place = await countedPlace(context);
  place.write('rollcall-site/mine.txt', 'not a publication');
  const served = await startServe(context, place.folder, ['mirrors', '--workers', '1']);
  await untilTrue(async () =>
    (await reasonsOf(served)).some((reason) => reason.startsWith('the site cannot be published')),
  );
  assert.match((await reasonsOf(served)).join('\n'), /is a folder with files that were not published here/);
  assert.match(served.err(), /publish: .*rollcall-site/);
  assert.equal((await served.get(CHECK_IN)).status, 200);
});
