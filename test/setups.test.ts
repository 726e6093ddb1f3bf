import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { arrivalOf } from './support/nginx-log.ts';
import { seededRandom } from './support/random.ts';
import { serverLines } from './support/recut.ts';
import { openOnDisk } from './support/spool-on-disk.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { contentsOfFile, hitsIn } from './support/vault-contents.ts';

/** The scripts that operators copy, run as cron would run them. */

const ROOT = join(import.meta.dirname, '..');
const SETUPS = join(ROOT, 'docs/setups');
const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;

interface Machine {
  folder: string;
  path(...names: string[]): string;
  /** Runs a script of docs/setups, or a text, with cron's shell. */
  run(script: string, ...args: string[]): { code: number | null; text: string };
  env: Record<string, string>;
}

/** With `rollcall` as it is built, and an `ssh` that leads nowhere else. */
function machine(context: TestContext): Machine {
  const folder = temporaryFolder(context);
  const path = (...names: string[]) => join(folder, ...names);
  const program = (name: string, text: string) => {
    writeFileSync(path('bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(path('bin', name), 0o755);
  };
  mkdirSync(path('bin'));
  program('rollcall', `exec '${process.execPath}' '${join(ROOT, 'dist/main.cjs')}' "$@"`);
  // As sshd does: the words are put together and given to a shell, somewhere else.
  program('ssh', `while [ "$1" != "\${1#-}" ]; do shift; done\nshift\ncd /\nexec dash -c "$*"`);
  const env: Record<string, string> = { PATH: `${path('bin')}:${process.env['PATH']}`, HOME: folder };
  return {
    folder,
    path,
    env,
    run: (script, ...args) => {
      const command = script.endsWith('.sh') ? [join(SETUPS, script), ...args] : ['-c', script];
      const { status, stdout, stderr } = spawnSync('dash', command, { cwd: folder, env, encoding: 'utf8' });
      return { code: status, text: stdout + stderr };
    },
  };
}

function done({ code, text }: { code: number | null; text: string }): string {
  assert.equal(code, 0, text);
  return text;
}

/** Each server's log of a day, which some of its systems have asked in vain. */
function logOf(server: number, day: number, size = 30): string {
  const lines = serverLines(seededRandom(server * 10 + day), NOW - (20 - day) * DAY, {
    servers: 1,
    days: 1,
    linesADay: size,
  });
  return lines.map(({ text }, place) => (place % 8 === 0 ? text.replace('" 200 ', '" 404 ') : text)).join('');
}

function archive(machine: Machine, servers: readonly string[], days: number): string {
  for (const [at, server] of servers.entries()) {
    mkdirSync(machine.path('archive', server), { recursive: true });
    for (let day = 0; day < days; day++)
      writeFileSync(machine.path('archive', server, `access.log.${day}`), logOf(at, day));
  }
  return machine.path('archive');
}

/** What a vault says, without what depends on when it was asked. */
function countedIn(path: string): string {
  return contentsOfFile(path).replaceAll(/\s+/g, '');
}

test('the scripts are for any shell, can be run, and README.md names each of them', () => {
  const readme = readFileSync(join(SETUPS, 'README.md'), 'utf8');
  const scripts = globSync('*.sh', { cwd: SETUPS });
  assert.equal(scripts.length, 6);
  for (const script of scripts) {
    execFileSync('dash', ['-n', join(SETUPS, script)]);
    assert.match(readFileSync(join(SETUPS, script), 'utf8'), /^#!\/bin\/sh\n/);
    assert.ok(readme.includes(`](${script})`), script);
  }
  const [, serve] = /docs\/setups\/([a-z-]+\.sh)/.exec(readFileSync(join(ROOT, 'docs/serve/README.md'), 'utf8')) ?? [];
  assert.equal(serve, 'fetch.sh');
});

test('one server: counted, published and copied, day after day', (context) => {
  const here = machine(context);
  writeFileSync(here.path('access.log.1'), logOf(1, 1));
  const args = [here.path('rollcall.sqlite'), here.path('site'), here.path('copy.sqlite')];
  const first = here.run('daily.sh', ...args, here.path('access.log.1'));
  done(first);
  writeFileSync(here.path('access.log'), logOf(1, 2));
  const second = here.run(
    'daily.sh',
    ...args,
    here.path('access.log.1'),
    here.path('access.log'),
    here.path('none.log'),
  );
  assert.match(done(second), /NOT counted: 1 log/);
  assert.equal(countedIn(here.path('copy.sqlite')), countedIn(here.path('rollcall.sqlite')));
  assert.ok(readdirSync(here.path('site')).includes('index.html'));
});

test('several servers: tallies are fetched and counted under cron’s shell, from before the first one on, and none stays', (context) => {
  const here = machine(context);
  const [key, far, near, vault] = ['tally.key', 'far', 'near', 'rollcall.sqlite'].map((name) => here.path(name)) as [
    string,
    string,
    string,
    string,
  ];
  const fetch = () => here.run('fetch.sh', 'mirror2', far, near, vault, '--key', key);
  assert.equal(done(fetch()), '', 'nothing is there yet');
  done(here.run(`rollcall tally-key ${key}`));
  writeFileSync(here.path('access.log'), logOf(1, 1));
  done(here.run('tally-here.sh', 'mirror2', key, far, here.path('access.log')));
  // Killed between the copy and the count, and run again.
  here.env['PATH'] = `${here.path('broken')}:${here.env['PATH']}`;
  mkdirSync(here.path('broken'));
  writeFileSync(here.path('broken', 'rollcall'), '#!/bin/sh\nexit 2\n');
  chmodSync(here.path('broken', 'rollcall'), 0o755);
  assert.equal(fetch().code, 2);
  assert.deepEqual(readdirSync(far), []);
  chmodSync(here.path('broken', 'rollcall'), 0o644);
  done(fetch());
  assert.deepEqual(readdirSync(near), []);
  const counted = hitsIn(vault);
  assert.ok(counted > 20);
  // The log has grown, a copy of the first tally comes once more, and a file was damaged on its way.
  writeFileSync(here.path('access.log'), logOf(1, 1) + logOf(1, 2));
  done(here.run('tally-here.sh', 'mirror2', key, far, here.path('access.log')));
  writeFileSync(join(far, 'damaged.tally'), 'rollcall-tally 1 of another time\n');
  const third = fetch();
  assert.equal(third.code, 1);
  assert.match(third.text, /damaged\.tally: the tally is not as it was made/);
  assert.deepEqual(readdirSync(near), ['damaged.tally']);
  assert.deepEqual(readdirSync(far), []);
  done(here.run(`rollcall ingest --vault all.sqlite --source mirror2 access.log`));
  assert.equal(countedIn(vault), countedIn(here.path('all.sqlite')));
});

test('two nodes: finished segments of a spool are fetched and counted, and the one that is written stays', async (context) => {
  const here = machine(context);
  const [far, near, vault] = ['spool', 'near', 'rollcall.sqlite'].map((name) => here.path(name)) as [
    string,
    string,
    string,
  ];
  const start = (Math.floor(NOW / 3600) - 5) * 3600;
  const { spool, at } = openOnDisk(context, far, start);
  const arrive = (time: number) => {
    at(time);
    const request = { method: 'GET', target: '/mirrorlist/9/baseos?arch=x86_64&countme=1', status: 200, time };
    const agent = 'libdnf (AlmaLinux 9.4; generic; Linux.x86_64)';
    spool.arrive(arrivalOf({ ...request, agent, address: '198.51.99.7' }));
  };
  arrive(start);
  arrive(start + 3600);
  await spool.close();
  const segments = readdirSync(far).filter((name) => name.endsWith('.spool'));
  assert.equal(segments.length, 2);
  utimesSync(join(far, segments.sort()[0]!), start, start);
  done(here.run('fetch.sh', 'second', far, near, vault));
  assert.equal(hitsIn(vault), 1);
  assert.deepEqual(readdirSync(near), []);
  assert.equal(readdirSync(far).filter((name) => name.endsWith('.spool')).length, 1);
});

test('a cluster: by GNU parallel, as tasks of Slurm and as pods of Kubernetes an archive comes to what one machine counts', (context) => {
  const here = machine(context);
  const logs = archive(here, ['mirror1', 'mirror2'], 2);
  const key = here.path('tally.key');
  done(here.run(`rollcall tally-key ${key}`));
  for (const server of ['mirror1', 'mirror2'])
    done(here.run(`rollcall ingest --vault expected.sqlite --source ${server} archive/${server}`));
  const expected = countedIn(here.path('expected.sqlite'));

  const parallel = [logs, key, here.path('tallies'), here.path('parallel.sqlite')];
  done(here.run('parallel.sh', ...parallel));
  assert.equal(countedIn(here.path('parallel.sqlite')), expected);
  assert.match(done(here.run('parallel.sh', ...parallel)), /already counted: 4 logs/);

  const tasks = 3;
  here.env['SLURM_ARRAY_TASK_COUNT'] = String(tasks);
  for (let task = 0; task < tasks; task++) {
    here.env['SLURM_ARRAY_TASK_ID'] = String(task);
    done(here.run('slurm-tally.sh', logs, key, here.path('slurm')));
  }
  assert.equal(readdirSync(here.path('slurm')).length, 4);
  done(here.run('slurm-count.sh', key, here.path('slurm'), here.path('slurm.sqlite')));
  assert.equal(countedIn(here.path('slurm.sqlite')), expected);

  const [tally, count] = jobs();
  const places = { '/logs': logs, '/tallies': here.path('pods'), '/key/tally.key': key, '/vault': here.folder };
  const inPod = (job: Job) => {
    let [text] = job.spec.template.spec.containers[0]!.args as [string];
    for (const [inside, outside] of Object.entries(places)) text = text.replaceAll(inside, outside);
    return text.replaceAll('rollcall.sqlite', 'pods.sqlite');
  };
  for (let pod = 0; pod < tally.spec.completions!; pod++) {
    here.env['JOB_COMPLETION_INDEX'] = String(pod);
    done(here.run(`set -eu\n${inPod(tally)}`));
  }
  assert.equal(readdirSync(here.path('pods')).length, 4);
  done(here.run(`set -eu\n${inPod(count)}`));
  assert.equal(countedIn(here.path('pods.sqlite')), expected);
});

/** What a cluster asks of a job, as far as ours use it; nothing else may stand in it. */
const amount = z.string().regex(/^\d+(Mi|Gi)?$/);
const job = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({ name: z.string().regex(/^[a-z0-9-]+$/), labels: z.record(z.string(), z.string()) }),
  spec: z.strictObject({
    completionMode: z.literal('Indexed').optional(),
    completions: z.number().int().positive().optional(),
    parallelism: z.number().int().positive().optional(),
    backoffLimit: z.number().int().positive(),
    template: z.strictObject({
      metadata: z.strictObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.strictObject({
        restartPolicy: z.literal('Never'),
        automountServiceAccountToken: z.literal(false),
        securityContext: z.strictObject({ runAsNonRoot: z.literal(true), runAsUser: z.number(), fsGroup: z.number() }),
        containers: z.array(
          z.strictObject({
            name: z.string(),
            image: z.string().regex(/:[^:/]+$/),
            command: z.tuple([z.literal('/bin/sh'), z.literal('-euc')]),
            args: z.tuple([z.string()]),
            resources: z.strictObject({
              requests: z.strictObject({ cpu: amount, memory: amount }),
              limits: z.strictObject({ memory: amount }),
            }),
            securityContext: z.strictObject({
              allowPrivilegeEscalation: z.literal(false),
              readOnlyRootFilesystem: z.literal(true),
              capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
            }),
            volumeMounts: z.array(
              z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
            ),
          }),
        ),
        volumes: z.array(
          z.union([
            z.strictObject({
              name: z.string(),
              persistentVolumeClaim: z.strictObject({ claimName: z.string(), readOnly: z.boolean().optional() }),
            }),
            z.strictObject({ name: z.string(), secret: z.strictObject({ secretName: z.string() }) }),
          ]),
        ),
      }),
    }),
  }),
});
type Job = z.infer<typeof job>;

function jobs(): [Job, Job] {
  const documents = parseAllDocuments(readFileSync(join(SETUPS, 'kubernetes.yaml'), 'utf8'));
  assert.equal(documents.length, 2);
  return documents.map((document) => {
    assert.deepEqual(document.errors, []);
    return job.parse(document.toJS());
  }) as [Job, Job];
}

test('the jobs for Kubernetes have the form of jobs, mount what they name, and divide the logs by their number', () => {
  for (const { metadata, spec } of jobs()) {
    const { containers, volumes } = spec.template.spec;
    assert.deepEqual(spec.template.metadata.labels, metadata.labels);
    const names = volumes.map(({ name }) => name).sort();
    for (const { volumeMounts, args } of containers) {
      assert.deepEqual(volumeMounts.map(({ name }) => name).sort(), names);
      for (const { mountPath } of volumeMounts) assert.ok(args[0].includes(mountPath), mountPath);
    }
  }
  const [tally] = jobs();
  assert.equal(tally.spec.completionMode, 'Indexed');
  assert.ok(tally.spec.template.spec.containers[0]!.args[0].includes(`NR % ${tally.spec.completions} == task`));
});

test('the scripts for Slurm say what they need', () => {
  for (const script of globSync('slurm-*.sh', { cwd: SETUPS })) {
    const text = readFileSync(join(SETUPS, script), 'utf8');
    const head = text.split('\n').slice(1);
    const options = head
      .slice(
        0,
        head.findIndex((line) => !line.startsWith('#SBATCH')),
      )
      .join('\n');
    for (const option of ['job-name', 'ntasks', 'cpus-per-task', 'mem', 'time', 'output'])
      assert.match(options, new RegExp(`^#SBATCH --${option}=\\S+$`, 'm'), `${basename(script)}: ${option}`);
  }
  assert.match(readFileSync(join(SETUPS, 'slurm-tally.sh'), 'utf8'), /^#SBATCH --array=0-\d+$/m);
});
