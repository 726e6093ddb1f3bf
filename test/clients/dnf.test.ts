import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { machine } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { Workplace } from '../support/command-line.ts';
import { type CheckIn, type ListServer, startListServer } from '../support/list-server.ts';

const run = promisify(execFile);
const OWN_NAMESPACES = ['--mount', '--pid', '--kill-child'];

const problem = problemWithTools();
const skip = problem !== undefined && !process.env['CI'] ? problem : false;

/** What an os-release says, how its system asks, and what must be counted of it. */
interface Machine {
  name: string;
  osRelease: string;
  expected: { os_name: string; os_version: string; os_variant: string; os_arch: string };
  release: string;
  /** Minutes that its mirrorlist server is ahead of UTC. */
  zone: number;
  /** dnf takes packages for another processor than it runs on. */
  forceArch?: string;
}

const HERE = machine();

const MACHINES: readonly Machine[] = [
  {
    name: 'almalinux-9',
    osRelease: 'NAME="AlmaLinux"\nVERSION_ID="9.5"\n',
    expected: { os_name: 'AlmaLinux', os_version: '9.5', os_variant: 'generic', os_arch: HERE },
    release: '9',
    zone: 0,
  },
  {
    name: 'fedora-workstation',
    osRelease: 'NAME="Fedora Linux"\nVERSION_ID=41\nVARIANT_ID=workstation\n',
    expected: { os_name: 'Fedora Linux', os_version: '41', os_variant: 'workstation', os_arch: HERE },
    release: '41',
    zone: 330,
  },
  {
    name: 'empty-variant',
    osRelease: 'NAME="AlmaLinux"\nVERSION_ID="8.10"\nVARIANT_ID=""\n',
    expected: { os_name: 'AlmaLinux', os_version: '8.10', os_variant: '', os_arch: HERE },
    release: '8',
    zone: -480,
  },
  {
    name: 'no-version',
    osRelease: 'NAME="Rolling Linux"\nVARIANT_ID=desktop\n',
    expected: { os_name: '', os_version: '', os_variant: '', os_arch: '' },
    release: 'rolling',
    zone: 0,
  },
  {
    name: 'odd-name',
    osRelease: 'NAME="Älma \\"Q\\" L; (beta)"\nVERSION_ID="9.6"\nVARIANT_ID="cayo"\n',
    // dnf does not undo the backslashes of os-release.
    expected: { os_name: 'Älma \\"Q\\" L; (beta)', os_version: '9.6', os_variant: 'cayo', os_arch: HERE },
    release: '9',
    zone: 60,
  },
  {
    name: 'single-quotes',
    osRelease: "NAME='Fedora Linux'\nVERSION_ID='41'\nVARIANT_ID='server'\n",
    expected: { os_name: "'Fedora Linux'", os_version: "'41'", os_variant: "'server'", os_arch: HERE },
    release: '41',
    zone: 0,
  },
  {
    name: 'other-processor',
    osRelease: 'NAME="AlmaLinux"\nVERSION_ID="9.5"\nVARIANT_ID=cloud\n',
    expected: { os_name: 'AlmaLinux', os_version: '9.5', os_variant: 'cloud', os_arch: HERE },
    release: '9',
    zone: 0,
    forceArch: 's390x',
  },
];

const FIRST_MONDAY = Date.UTC(2023, 0, 2);
const DAY = 86_400_000;
const SECOND = 1000;

/** Weeks since the first, the moment in the week, and the age that a system gives then. */
const VISITS = [
  { week: 0, moment: 2 * DAY, age: '1' },
  { week: 1, moment: 0, age: '1' },
  { week: 2, moment: 7 * DAY - SECOND, age: '2' },
  { week: 5, moment: 3 * DAY, age: '3' },
  { week: 25, moment: 5 * DAY, age: '4' },
];
const REPOSITORIES = 2;
/** A repository checks in with the first to fourth request of a week. */
const MOST_REFRESHES = 4;

describe('a real dnf', { skip, timeout: 120_000 }, () => {
  test('every check-in that the servers saw is counted as what the system is', async (context) => {
    const place = await newPlace(context);
    const fleet = await Promise.all(MACHINES.map((each) => install(each, place)));
    const expected: string[] = [];
    try {
      // One week after the other; within a week all systems at once.
      for (const visit of VISITS) {
        const visits = await Promise.all(fleet.map((system) => checkIn(system, visit)));
        expected.push(...visits.flat());
      }
    } finally {
      await Promise.all(fleet.map(({ server }) => server.close()));
    }
    assert.equal(expected.length, MACHINES.length * VISITS.length * REPOSITORIES);

    const { logs } = await place.ingest(fleet.map(({ log }) => log));
    assert.deepEqual(
      logs.map(({ status, counted, rejected }) => ({ status, counted, rejected })),
      fleet.map(() => ({ status: 'counted', counted: VISITS.length * REPOSITORIES, rejected: {} })),
    );
    assert.deepEqual(await countedRows(place), expected.sort());
  });

  test('S5: a check-in that is answered with 503 is lost for its week, and said to be lost', async (context) => {
    const place = await newPlace(context);
    const system = await install(MACHINES[0]!, place);
    const { server } = system;
    const [firstWeek, nextWeek] = VISITS;
    const expected: string[] = [];
    try {
      server.loseNextCheckIn();
      for (let refresh = 0; refresh < MOST_REFRESHES; refresh += 1) await makecache(system, firstWeek!);
      const statuses = server.checkIns.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [200, 503], 'each repository gave its countme once');
      assert.ok(server.listRequests > REPOSITORIES * MOST_REFRESHES, 'dnf asked again after the 503');
      const kept = server.checkIns.filter(({ status }) => status === 200);
      expected.push(...kept.map((seen) => rowOf(system, firstWeek!, seen)), ...(await checkIn(system, nextWeek!)));
    } finally {
      await server.close();
    }

    const { logs } = await place.ingest([system.log]);
    assert.deepEqual(
      logs.map(({ candidates, counted, rejected }) => ({ candidates, counted, rejected })),
      [{ candidates: 4, counted: 3, rejected: { status: 1 } }],
    );
    assert.deepEqual(await countedRows(place), expected.sort());
  });
});

/** A folder with the one repository that all servers offer. */
async function newPlace(context: TestContext): Promise<Workplace> {
  assert.equal(problem, undefined);
  const place = new Workplace(context);
  mkdirSync(place.path('repository'));
  await run('createrepo_c', ['--quiet', place.path('repository')], { timeout: 30_000 });
  return place;
}

interface Installed extends Machine {
  folder: string;
  log: string;
  server: ListServer;
}

/** Gives a machine a folder with its os-release and its configuration of dnf, and a mirrorlist server of its own. */
async function install(each: Machine, place: Workplace): Promise<Installed> {
  const home = place.path(each.name);
  mkdirSync(join(home, 'repos.d'), { recursive: true });
  const log = join(home, 'access.log');
  const server = await startListServer({ log, repository: place.path('repository'), zone: each.zone });
  const base = `http://127.0.0.1:${server.port}`;
  const repository = (id: string, list: string) => `[${id}]\nname=${id}\n${list}\nenabled=1\ncountme=1\ngpgcheck=0\n`;
  writeFileSync(join(home, 'os-release'), each.osRelease);
  writeFileSync(join(home, 'dnf.conf'), '[main]\ntimeout=10\n');
  writeFileSync(
    join(home, 'repos.d/all.repo'),
    repository('baseos', `mirrorlist=${base}/mirrorlist/$releasever/baseos`) +
      repository('epel', `metalink=${base}/metalink?repo=epel-$releasever&arch=$basearch`),
  );
  return { ...each, folder: home, log, server };
}

type Visit = (typeof VISITS)[number];

/** Refreshes until both repositories have checked in, and returns the rows that must be counted for it. */
async function checkIn(system: Installed, visit: Visit): Promise<string[]> {
  const { server, name } = system;
  const before = server.checkIns.length;
  const seen = () => server.checkIns.slice(before);
  for (let refresh = 0; refresh < MOST_REFRESHES && seen().length < REPOSITORIES; refresh += 1) {
    await makecache(system, visit);
  }
  assert.equal(seen().length, REPOSITORIES, `${name} checks in with both repositories in week ${visit.week}`);
  return seen().map((one) => rowOf(system, visit, one));
}

/** One `dnf makecache` at the visit's moment, under the machine's os-release. */
async function makecache(system: Installed, visit: Visit): Promise<void> {
  const { folder: home, server, release, forceArch } = system;
  const now = FIRST_MONDAY + 7 * DAY * visit.week + visit.moment;
  server.setTime(now);
  const below = (option: string) => `--setopt=${option}=${join(home, option)}`;
  const dnf = [
    ...['dnf', '-q', '-c', join(home, 'dnf.conf'), `--releasever=${release}`, '--noplugins'],
    ...(forceArch === undefined ? [] : [`--forcearch=${forceArch}`]),
    ...[`--setopt=reposdir=${join(home, 'repos.d')}`, below('cachedir'), below('persistdir'), below('logdir')],
    ...['makecache', '--refresh'],
  ];
  const fakeTime = new Date(now).toISOString().slice(0, 19).replace('T', ' ');
  // faketime names what it leaves in /dev/shm after its process id, and each namespace has the same ids.
  const asItself = `mount --make-rprivate / && mount -t tmpfs tmpfs /dev/shm &&
    mount --bind "$1" "$(readlink -f /etc/os-release)" && shift && exec "$@"`;
  ('mount --make-rprivate / && mount --bind "$1" "$(readlink -f /etc/os-release)" && shift && exec "$@"');
  await run(
    'unshare',
    [...OWN_NAMESPACES, 'sh', '-c', asItself, 'sh', join(home, 'os-release'), 'faketime', '-f', fakeTime, ...dnf],
    {
      timeout: 30_000,
      killSignal: 'SIGKILL',
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    },
  );
}

/** The row of totals for one check-in that a server saw: the repository is the server's word, the rest is ours. */
function rowOf({ expected, name }: Machine, { week, age }: Visit, seen: CheckIn): string {
  assert.equal(seen.countme, age, `${name} gives its age in week ${week}`);
  const monday = FIRST_MONDAY + 7 * DAY * week;
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return JSON.stringify({
    week_start: day(monday),
    week_end: day(monday + 6 * DAY),
    hits: '1',
    ...expected,
    sys_age: age,
    repo_tag: seen.repoTag,
    repo_arch: seen.repoArch,
  });
}

/** The exact totals of a vault, one text for each row, sorted. */
async function countedRows(place: Workplace): Promise<string[]> {
  const rows: object[] = parse(await place.totals(), { columns: true });
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Why dnf cannot be driven on this machine; undefined if it can. */
function problemWithTools(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs uid 0, to give dnf an os-release of its own';
  for (const tool of ['dnf', 'createrepo_c', 'faketime', 'unshare']) {
    const { status } = spawnSync(tool, ['--version'], { timeout: 10_000 });
    if (status !== 0) return `needs ${tool}`;
  }
  const { status } = spawnSync('unshare', [...OWN_NAMESPACES, 'mount', '--make-rprivate', '/'], { timeout: 10_000 });
  return status === 0 ? undefined : 'needs the right to mount in a namespace of its own (unshare --mount --pid)';
}
