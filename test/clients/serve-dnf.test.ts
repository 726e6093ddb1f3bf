import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { machine } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { Workplace } from '../support/command-line.ts';
import { problemWithDnf, runDnf } from '../support/run-dnf.ts';
import { startServe } from '../support/serve-process.ts';

const problem = problemWithDnf();
const skip = problem !== undefined && !process.env['CI'] ? problem : false;

const ARCH = machine();
const WEEK = 7 * 86_400_000;
/** A Wednesday. */
const FIRST = Date.UTC(2026, 6, 15, 10);
/** A repository checks in with the first to fourth request of a week. */
const MOST_REFRESHES = 4;
const OS_RELEASE = 'NAME="AlmaLinux"\nVERSION_ID="9.8"\n';

/** By the two documents and the two forms: which repository is asked for how. */
const REPOSITORIES = {
  baseos: 'mirrorlist=BASE/mirrorlist/$releasever/baseos',
  appstream: 'metalink=BASE/metalink/$releasever/appstream?arch=$basearch',
  crb: 'mirrorlist=BASE/mirrorlist?repo=crb-$releasever&arch=$basearch',
  extras: 'metalink=BASE/metalink?repo=extras-$releasever&arch=$basearch',
};
type Name = keyof typeof REPOSITORIES;
const NAMES = Object.keys(REPOSITORIES) as Name[];

describe('a real dnf and rollcall serve', { skip, timeout: 180_000 }, () => {
  test('finds its way past dead, stale and corrupt mirrors, and is counted once a week', async (context) => {
    const place = newPlace(context);
    const mirrors = await startMirrors(context, place);
    place.write('mirrors.yaml', configuration(mirrors, ['dead', 'stale', 'corrupt', 'good']));
    place.write('rollcall-health.json', healthState(place));

    for (const week of [0, 1]) {
      const now = FIRST + week * WEEK;
      const served = await serveAt(context, place, now);
      const home = newHome(place, served.port, NAMES);
      for (let refresh = 0; refresh < MOST_REFRESHES; refresh++) await runDnf(home, now, 'makecache', '--refresh');
      assert.equal(await served.stop(), 0);
    }

    const good = readFileSync(place.path('good/repodata/repomd.xml'), 'utf8');
    assert.deepEqual(cachedMetadata(place), Object.fromEntries(NAMES.map((name) => [name, good])));
    const fetched = (mirror: string, name: string) =>
      mirrors.fetched.filter((path) => path.startsWith(`/${mirror}/`) && path.includes(`/${name}/`));
    // A metalink says which metadata is right, so dnf tries such a mirror and turns away from it.
    for (const name of ['appstream', 'extras']) {
      for (const mirror of ['stale', 'corrupt']) assert.ok(fetched(mirror, name).length > 0, `${mirror} ${name}`);
    }
    // A mirrorlist says nothing of the kind: there the server must leave them out.
    for (const name of ['baseos', 'crb'])
      assert.deepEqual([...fetched('stale', name), ...fetched('corrupt', name)], []);

    const { logs } = await place.ingest(['rollcall-spool']);
    assert.ok(
      logs.every(({ status }) => status === 'counted' || status === 'empty'),
      JSON.stringify(logs),
    );
    const expected = [0, 1].flatMap((week) =>
      NAMES.map((name) => rowOf(FIRST + week * WEEK, `${name}-9`, name === 'baseos' ? '' : ARCH)),
    );
    assert.deepEqual(await countedRows(place), expected.sort());
  });

  test('takes no metadata that the distribution never published', async (context) => {
    const place = newPlace(context);
    const mirrors = await startMirrors(context, place);
    place.write('mirrors.yaml', configuration(mirrors, ['corrupt']));
    place.write('rollcall-health.json', healthState(place));
    const served = await serveAt(context, place, FIRST);
    const home = newHome(place, served.port, ['appstream']);
    await assert.rejects(
      runDnf(home, FIRST, 'makecache', '--refresh'),
      /checksum doesn't match|Failed to download metadata/,
    );
    assert.ok(mirrors.fetched.every((path) => path.endsWith('/repomd.xml')));
  });

  test('a distribution without mirrors is counted too, and its dnf is content', async (context) => {
    const place = newPlace(context);
    place.write('mirrors.yaml', 'endpoint_only: true\ntags: [example-stable]\n');
    const served = await serveAt(context, place, FIRST);
    const home = newHome(place, served.port, ['extras']);
    writeFileSync(
      join(home.folder, 'repos.d/all.repo'),
      repositoryFile(
        'endpoint',
        `metalink=http://127.0.0.1:${served.port}/metalink?repo=example-stable&arch=$basearch`,
      ),
    );
    for (let refresh = 0; refresh < MOST_REFRESHES; refresh++) await runDnf(home, FIRST, 'makecache', '--refresh');
    assert.equal((await runDnf(home, FIRST, 'repoquery')).trim(), '', 'there is no package in it');
    assert.equal(await served.stop(), 0);
    await place.ingest(['rollcall-spool']);
    assert.deepEqual(await countedRows(place), [rowOf(FIRST, 'example-stable', ARCH)]);
  });
});

/** A folder with one repository as the distribution published it, one that it published before, and a damaged one. */
function newPlace(context: TestContext): Workplace {
  assert.equal(problem, undefined);
  const place = new Workplace(context);
  for (const name of ['good', 'stale', 'corrupt']) mkdirSync(place.path(name));
  const create = (name: string, revision: string) =>
    execFileSync('createrepo_c', ['--quiet', '--revision', revision, place.path(name)], { timeout: 30_000 });
  create('stale', '1');
  create('good', '2');
  cpSync(place.path('good'), place.path('corrupt'), { recursive: true });
  const repomd = place.path('corrupt/repodata/repomd.xml');
  writeFileSync(repomd, readFileSync(repomd, 'utf8').replace('<revision>2', '<revision>3'));
  return place;
}

interface Mirrors {
  port: number;
  /** Paths, in the order in which they were asked for. */
  fetched: string[];
}

/** All mirrors on one port: `/good/9.8/baseos/x86_64/repodata/...` */
async function startMirrors(context: TestContext, place: Workplace): Promise<Mirrors> {
  const fetched: string[] = [];
  const server = createServer((request, response) => {
    const [, mirror, file] = /^\/(good|stale|corrupt)\/9\.8\/\w+\/\w+\/(repodata\/[\w.-]+)$/.exec(request.url!) ?? [];
    fetched.push(request.url!);
    try {
      response.end(readFileSync(place.path(`${mirror}/${file}`)));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, fetched };
}

/** The bad ones weigh so much that they come first. */
function configuration({ port }: Mirrors, names: readonly string[]): string {
  // Nobody listens on port 1.
  const base = (name: string) => `http://127.0.0.1:${name === 'dead' ? 1 : port}/${name}`;
  const mirrors = names.map(
    (name) =>
      `  - {name: ${name}.test, url: "${base(name)}", country: DE, weight: ${name === 'good' ? 0.000001 : 1000000}}`,
  );
  const repositories = NAMES.map((name) => `  - {name: ${name}, path: ${name}/$basearch/}`);
  return `${[
    'versions: [9.8]',
    'aliases: {9: 9.8}',
    `arches: [${ARCH}]`,
    'internal_addresses: true',
    'repositories:',
    ...repositories,
    'mirrors:',
    ...mirrors,
  ].join('\n')}\n`;
}

/** What the check would write: the truth of all, and of the repositories with mirrorlists which mirrors are bad. */
function healthState(place: Workplace): string {
  const repomd = readFileSync(place.path('good/repodata/repomd.xml'));
  const hash = (algorithm: string) => createHash(algorithm).update(repomd).digest('hex');
  const since = '2026-07-15T00:00:00Z';
  const known = { sha256: hash('sha256'), sha512: hash('sha512'), size: repomd.length, timestamp: 2, firstSeen: since };
  const key = (name: string) => `9.8/${name}/${ARCH}`;
  const bad = (verdict: string) => ({ verdict, since, reason: verdict, failures: 2, isListed: false });
  const health = (verdict: string) => ({
    repositories: Object.fromEntries(['baseos', 'crb'].map((name) => [key(name), bad(verdict)])),
  });
  return JSON.stringify({
    format: 'rollcall-health-v1',
    checked: since,
    truth: Object.fromEntries(NAMES.map((name) => [key(name), [known]])),
    mirrors: { 'stale.test': health('stale'), 'corrupt.test': health('broken') },
  });
}

function serveAt(context: TestContext, place: Workplace, moment: number) {
  const offset = Math.round((moment - Date.now()) / 1000);
  const args = ['mirrors.yaml', '--workers', '2', '--collect-only'];
  return startServe(context, place.folder, args, { SERVE_CLOCK_OFFSET: String(offset) });
}

/** The same system each time: what dnf remembers is in the folder. */
function newHome(place: Workplace, port: number, names: readonly Name[]) {
  const folder = place.path('system');
  mkdirSync(join(folder, 'repos.d'), { recursive: true });
  writeFileSync(join(folder, 'os-release'), OS_RELEASE);
  writeFileSync(join(folder, 'dnf.conf'), '[main]\ntimeout=10\n');
  const lists = names.map((name) =>
    repositoryFile(name, REPOSITORIES[name].replace('BASE', `http://127.0.0.1:${port}`)),
  );
  writeFileSync(join(folder, 'repos.d/all.repo'), lists.join(''));
  return { folder, release: '9' };
}

function repositoryFile(id: string, list: string): string {
  return `[${id}]\nname=${id}\n${list}\nenabled=1\ncountme=1\ngpgcheck=0\n`;
}

/** The repomd.xml that dnf has taken, by repository. */
function cachedMetadata(place: Workplace): Record<string, string> {
  const cache = place.path('system/cachedir');
  const folders = readdirSync(cache).filter((name) => /^[a-z]+-[0-9a-f]{16}$/.test(name));
  return Object.fromEntries(
    folders.map((name) => [name.split('-')[0], readFileSync(join(cache, name, 'repodata/repomd.xml'), 'utf8')]),
  );
}

function rowOf(moment: number, repoTag: string, repoArch: string): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  // The day of the moment is a Wednesday.
  const monday = moment - 2 * 86_400_000;
  return JSON.stringify({
    week_start: day(monday),
    week_end: day(monday + 6 * 86_400_000),
    hits: '1',
    os_name: 'AlmaLinux',
    os_version: '9.8',
    os_variant: 'generic',
    os_arch: ARCH,
    sys_age: '1',
    repo_tag: repoTag,
    repo_arch: repoArch,
  });
}

/** The exact totals of a vault, one text for each row, sorted. */
async function countedRows(place: Workplace): Promise<string[]> {
  const rows: object[] = parse(await place.totals(), { columns: true });
  return rows.map((row) => JSON.stringify(row)).sort();
}
