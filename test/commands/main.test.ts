import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ended, rollcall, start } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { checkIn, hourlyLog, MONDAY, WEEK } from '../support/vault-logs.ts';

const folder = temporaryFolder();
const log = join(folder, 'access.log');
writeFileSync(log, hourlyLog(WEEK));

const COMMANDS = [
  'ingest',
  'totals',
  'import',
  'report',
  'doctor',
  'recount',
  'verify',
  'simulate',
  'demo',
  'lint',
  'check',
  'serve',
];

describe('the command line', { concurrency: 2 }, () => {
  test('--help lists every command and the exit codes; --version says which', async () => {
    const [help, version] = await Promise.all([rollcall(['--help']), rollcall(['--version'])]);
    assert.equal(help.code, 0);
    for (const command of COMMANDS) assert.match(help.out, new RegExp(`^ {2}${command} `, 'm'));
    assert.match(help.out, /Exit code: 0 .*1 .*2 /);
    assert.equal(version.code, 0);
    assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
    assert.equal(help.err + version.err, '');
  });

  for (const command of COMMANDS) {
    test(`${command} --help describes it and ends with 0`, async () => {
      const run = await rollcall([command, '--help']);
      assert.equal(run.code, 0);
      assert.equal(run.err, '');
      assert.match(run.out, new RegExp(`^Usage: rollcall ${command}`));
      assert.ok(run.out.split('\n').every((line) => line.length <= 120));
    });
  }

  test('G7: a run in which there is nothing to record makes no vault', async (context) => {
    const place = temporaryFolder(context);
    mkdirSync(join(place, 'empty'));
    writeFileSync(join(place, 'twice.gz'), gzipSync(gzipSync(hourlyLog(WEEK))));
    writeFileSync(join(place, 'cut.gz'), gzipSync(hourlyLog(WEEK)).subarray(0, 30));
    writeFileSync(join(place, 'noise.bin'), Buffer.alloc(2_000, '\x01\x99'));
    for (const command of ['ingest', 'recount']) {
      for (const log of ['nowhere.log', 'no*.log', 'empty', 'twice.gz', 'cut.gz', 'noise.bin']) {
        const run = await rollcall([command, '--vault', 'v', log], { cwd: place });
        assert.equal(run.code, 1, log);
        assert.match(run.out, /NOT counted: 1 log\n.*There was nothing to keep: no vault was made at v\./s, log);
      }
    }
    assert.deepEqual(readdirSync(place).sort(), ['cut.gz', 'empty', 'noise.bin', 'twice.gz']);
    const found = await rollcall(['ingest', '--vault', 'v', 'nowhere.log', log], { cwd: place });
    assert.equal(found.code, 1);
    assert.match(found.out, /The vault is v\. Next: rollcall report/);
    assert.ok(existsSync(join(place, 'v')));
  });

  const mistakes: [string, string[], RegExp][] = [
    ['no log is named', ['ingest'], /missing required argument 'log'/],
    ['an option that does not exist', ['ingest', '--sorce', 'x', log], /unknown option '--sorce'.*--source/s],
    [
      'a state in no folder',
      ['check', folder, '--state', join(folder, 'no', 'state.json')],
      /there is no folder .*; make it/,
    ],
    ['a folder below a file', ['simulate', '--out', join(log, 'x')], /--out .*cannot be made or read \(ENOTDIR\)/],
    ['a folder where none can be', ['simulate', '--out', '/proc/no/such'], /--out .*cannot be made or read/],
    ['a counting path without a slash', ['ingest', '--path', 'count', log], /--path.*slash.*such as \/count/],
    ['a counting path of a server', ['recount', '--path', 'https://h/count', log], /--path.*server.*such as \/count/],
    ['a counting path with a query', ['ingest', '--path', '/count?repo=', log], /--path.*follows.*such as \/count/],
    ['a counting path with a space', ['ingest', '--path', '/a b', log], /--path.*as it is written.*such as \/count/],
    ['a command that does not exist', ['injest'], /unknown command 'injest'.*ingest/s],
    [
      'workers that are no number',
      ['ingest', '--workers', 'many', log],
      /--workers.*a whole number from 1 is expected/,
    ],
    ['workers that are none', ['ingest', '--workers', '0', log], /a whole number from 1 is expected/],
    ['a format that cannot be', ['ingest', '--format', '%q', log], /format/i],
    ['a country database that is not there', ['ingest', '--geo', join(folder, 'no.mmdb'), log], /--geo.*no\.mmdb/],
    ['a country database that is none', ['ingest', '--geo', log, log], /--geo.*not a database/],
    ['a folder to simulate into that is in use', ['simulate', '--out', folder], /not empty; name a new one/],
    ['no folder to simulate into', ['simulate'], /required option '--out <folder>'/],
    [
      'a vault that is not there',
      ['report', '--vault', join(folder, 'no.sqlite')],
      /there is no vault at .*no\.sqlite.*--vault/,
    ],
    ['too many arguments', ['import', 'a', 'b'], /too many arguments/],
  ];
  for (const [what, args, message] of mistakes) {
    test(`H01: ${what}: exit code 2, says what is wrong, has done nothing`, async () => {
      const run = await rollcall(args, { cwd: folder });
      assert.equal(run.code, 2, run.err);
      assert.match(run.err, message);
      assert.doesNotMatch(run.err, /\n\s+at |unexpected error/);
      assert.equal(run.out, '');
      assert.deepEqual(readdirSync(folder), ['access.log'], 'no vault was made');
    });
  }

  test('exit codes: 0 all counted, 1 one log refused and the others counted, --json says which', async () => {
    const place = temporaryFolder();
    const options = { cwd: place };
    const first = await rollcall(['ingest', '--json', log], options);
    assert.equal(first.code, 0);
    assert.deepEqual(JSON.parse(first.out), {
      log,
      source: log,
      status: 'counted',
      format: 'combined',
      candidates: 168,
      counted: 168,
      rejected: {},
    });
    const other = join(place, 'other.log');
    writeFileSync(other, checkIn({ time: MONDAY - 86_400 }));
    const second = await rollcall(['ingest', '--json', join(place, 'missing.log'), other, log], options);
    assert.equal(second.code, 1);
    const statuses = second.out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: string }).status);
    assert.deepEqual(statuses, ['refused', 'counted', 'already-counted']);
  });

  test('standard input is read with -', async () => {
    const place = temporaryFolder();
    const shell = '"$@" < "$LOG"';
    const run = await rollcall(['ingest', '--vault', join(place, 'v.sqlite'), '-'], { shell, env: { LOG: log } });
    assert.equal(run.code, 0, run.err);
    assert.match(run.out, /Counted 168 check-ins in 1 log/);
  });

  test('P1: an unexpected error tells no content of a log, and ends with 2', async () => {
    const place = temporaryFolder();
    const broken = join(place, 'broken.mjs');
    writeFileSync(
      broken,
      `import { DatabaseSync } from 'node:sqlite';
       DatabaseSync.prototype.prepare = () => { throw new TypeError('a mistake in the program'); };`,
    );
    const child = start(['ingest', '--vault', join(place, 'v.sqlite'), log], { node: ['--import', broken] });
    const run = await ended(child);
    assert.equal(run.code, 2);
    assert.match(run.err, /^rollcall: unexpected error, please report it: TypeError: a mistake in the program/);
    assert.doesNotMatch(run.err, /10\.0\.\d+\.1|countme|AlmaLinux/);
  });

  const oldNode = () => {
    const run = spawnSync('/usr/bin/env', ['node', '--version'], {
      encoding: 'utf8',
      // The first of PATH is the Node.js that npm ci brought.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    });
    return run.status === 0 && Number.parseInt(run.stdout.slice(1), 10) < 24;
  };
  const compiled = join(import.meta.dirname, '../../dist/main.cjs');
  const unbuilt = existsSync(compiled) ? false : 'npm run build has not run';
  test('C6 where the kernel cannot run, the plain reader counts the same', { skip: unbuilt }, () => {
    const [usual, plain] = [[], ['--jitless']].map((options) => {
      const vault = join(folder, `kernel${options.join('')}.sqlite`);
      const csv = `${vault}.csv`;
      const run = (...args: string[]) =>
        spawnSync(process.execPath, [...options, compiled, ...args, '--vault', vault], { encoding: 'utf8' });
      const { stdout, stderr } = run('ingest', '--json', log);
      assert.equal(stderr, '');
      assert.equal(run('totals', '--all-weeks', '--csv', csv).status, 0);
      return { report: JSON.parse(stdout), totals: readFileSync(csv, 'utf8') };
    });
    assert.equal(usual!.report.status, 'counted');
    assert.ok(usual!.report.counted > 100);
    assert.deepEqual(plain, usual);
  });

  test('an older Node.js is told which one is needed, and ends with 2', {
    skip: oldNode() ? unbuilt : 'no older Node.js is installed here',
  }, () => {
    for (const args of [['--help'], ['ingest', log]]) {
      const run = spawnSync('/usr/bin/env', ['node', compiled, ...args], {
        encoding: 'utf8',
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      });
      assert.equal(run.status, 2);
      assert.match(
        run.stderr,
        /^rollcall needs Node\.js 24 or newer; this is v\d+\.\d+\.\d+\. .*npm run -s rollcall.*\n$/,
      );
      assert.equal(run.stdout, '');
    }
  });
});
