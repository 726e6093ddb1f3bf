import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import { runRollcall } from '../../bench/measure.ts';
import { nginxLine } from '../support/nginx-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More lines than a log has room for cells (C5), each a cell of its own. */
const LINES = Number(process.env['ROLLCALL_TEST_LINES'] ?? 1_100_000);
/** Resident, in MB, as README states it. */
const MOST = { ingest: 1_400, verify: 700, report: 700, doctor: 700, publish: 1_000 };

const NAMES = ['Rocky Linux', 'CentOS Stream', 'Fedora Linux', 'Oracle Linux Server'];
const EDITIONS = ['generic', 'minimal', 'server', 'workstation', 'cloud', 'container', 'kde', 'gnome', 'mate', 'xfce'];
const ARCHES = ['x86_64', 'aarch64', 'i686', 's390x', 'ppc64le', 'riscv64', 'armv7l', 'x86_64_v2'];
const [SYSTEMS, REQUESTS] = [24_576, 32_768];

/** As many systems, requests and countries as a log may have, in all combinations, with names that are kept. */
async function writeWorst(path: string, day: number): Promise<void> {
  const file = createWriteStream(path);
  for (let n = 0; n < LINES; n++) {
    const system = n % SYSTEMS;
    const request = (n * 7 + Math.floor(n / SYSTEMS) * 13) % REQUESTS;
    const kind = `${NAMES[system % 4]} ${7 + ((system >> 3) % 90)}.${(system >> 3) % 83}; ${EDITIONS[(system >> 2) % 10]}`;
    const repo = `repo=${'r'.repeat(40)}${(request >> 5) % 1_000}&arch=${ARCHES[(request >> 2) % 8]}`;
    const line = nginxLine({
      address: `${1 + (n % 222)}.${(n * 31) % 256}.${(n * 17) % 256}.${(n * 3) % 256}`,
      time: Date.UTC(2025, 7, 4 + day, 9) / 1000 + (n % 40_000),
      method: 'GET',
      target: `/mirrorlist?${repo}&countme=${1 + (request % 4)}`,
      agent: `libdnf (${kind}; Linux.${ARCHES[system % 2]})`,
      status: 200,
    });
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

test('C5 C7: logs that hold all that the limits leave room for take no more memory than is stated', async (context) => {
  const folder = temporaryFolder(context);
  const logs = ['0.log', '1.log', '2.log', '3.log'].map((name) => `${folder}/${name}`);
  for (const [day, log] of logs.entries()) await writeWorst(log, day);
  const vault = ['--vault', `${folder}/vault.sqlite`];
  const runs: [keyof typeof MOST, string[]][] = [
    ['ingest', ['--workers', '2', ...logs]],
    ['verify', []],
    ['report', []],
    ['doctor', []],
    ['publish', ['--distribution', 'almalinux', '--out', `${folder}/site`]],
  ];
  for (const [command, args] of runs) {
    // The doctor has something to say.
    const { megabytes } = await runRollcall([command, ...vault, ...args], { withMemory: true, codes: [0, 1] });
    context.diagnostic(`${command}: ${Math.round(megabytes!)} MB`);
    assert.ok(megabytes! <= MOST[command], `${command}: ${megabytes} MB`);
  }
});
