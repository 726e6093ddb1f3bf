import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OWN_NAMESPACES = ['--mount', '--pid', '--kill-child'];

/** Why dnf cannot be driven on this machine; undefined if it can. */
export function problemWithDnf(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs uid 0, to give dnf an os-release of its own';
  for (const tool of ['dnf', 'createrepo_c', 'faketime', 'unshare']) {
    const { status } = spawnSync(tool, ['--version'], { timeout: 10_000 });
    if (status !== 0) return `needs ${tool}`;
  }
  const { status } = spawnSync('unshare', [...OWN_NAMESPACES, 'mount', '--make-rprivate', '/'], { timeout: 10_000 });
  return status === 0 ? undefined : 'needs the right to mount in a namespace of its own (unshare --mount --pid)';
}

/** The folder holds `os-release`, `dnf.conf` and `repos.d`; everything that dnf writes goes there too. */
export interface DnfHome {
  folder: string;
  release: string;
}

// faketime names what it leaves in /dev/shm after its process id, and each namespace has the same ids.
const AS_ITSELF = `mount --make-rprivate / && mount -t tmpfs tmpfs /dev/shm &&
  mount --bind "$1" "$(readlink -f /etc/os-release)" && shift && exec "$@"`;

/** One run of dnf at a moment, in milliseconds. Rejects with what it says if it fails. */
export async function runDnf(home: DnfHome, moment: number, ...command: string[]): Promise<string> {
  const below = (option: string) => `--setopt=${option}=${join(home.folder, option)}`;
  const dnf = [
    ...['dnf', '-q', '-c', join(home.folder, 'dnf.conf'), `--releasever=${home.release}`, '--noplugins'],
    ...[`--setopt=reposdir=${join(home.folder, 'repos.d')}`, below('cachedir'), below('persistdir'), below('logdir')],
    ...command,
  ];
  const fakeTime = new Date(moment).toISOString().slice(0, 19).replace('T', ' ');
  const { stdout } = await run(
    'unshare',
    [
      ...OWN_NAMESPACES,
      ...['sh', '-c', AS_ITSELF, 'sh', join(home.folder, 'os-release')],
      ...['faketime', '-f', fakeTime, ...dnf],
    ],
    {
      timeout: 30_000,
      killSignal: 'SIGKILL',
      env: {
        PATH: process.env['PATH'],
        HOME: home.folder,
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    },
  );
  return stdout;
}
