import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { mondayOf, sundayOf, type Week } from '../../src/flow/sightings/week.ts';
import { rollcall } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contentsOfFile, findingsIn, hitsIn } from '../support/vault-contents.ts';

const folder = temporaryFolder();
const HEADER = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch';
const WEEKS = 40;
const HITS_OF_WEEK = 6;

/** Weeks whose rows stand apart: those of all weeks for the first repository, then those for the next. */
const file = join(folder, 'totals.csv');
const rows = ['baseos', 'appstream', 'extras'].flatMap((repository, place) =>
  Array.from({ length: WEEKS }, (_, at) => {
    const week = (2700 + at) as Week;
    return `${mondayOf(week)},${sundayOf(week)},${place + 1},AlmaLinux,9.${at % 7},generic,x86_64,4,${repository}-9,x86_64`;
  }),
);
writeFileSync(file, [HEADER, ...rows, ''].join('\r\n'));

/** Kills its own process where the n-th transaction begins, before its COMMIT, or just after. */
function killing(where: 'BEGIN' | 'COMMIT' | 'after', transaction: number): string {
  const path = join(folder, `kill-${where}-${transaction}.mjs`);
  writeFileSync(
    path,
    `import { DatabaseSync } from 'node:sqlite';
     const exec = DatabaseSync.prototype.exec;
     let begun = 0;
     let writes = false;
     const kill = (here) => here === '${where}' && begun === ${transaction} && process.kill(process.pid, 'SIGKILL');
     DatabaseSync.prototype.exec = function (sql) {
       if (sql === 'BEGIN IMMEDIATE') { begun += 1; writes = true; kill('BEGIN'); }
       if (sql === 'COMMIT' && writes) kill('COMMIT');
       const result = exec.call(this, sql);
       if (sql === 'COMMIT' && writes) { writes = false; kill('after'); }
       return result;
     };`,
  );
  return pathToFileURL(path).href;
}

describe('G7 X4: an import that is killed', () => {
  const whole = join(folder, 'whole.sqlite');

  // The first makes the tables; each of the others records some weeks.
  const moments = [
    ['COMMIT', 2],
    ['after', 2],
    ['COMMIT', 3],
    ['BEGIN', 4],
  ] as const;

  test('E01 X4 G7: leaves whole weeks, and importing again completes them: nothing lost, nothing double', async () => {
    assert.equal((await rollcall(['import', '--vault', whole, file])).code, 0);
    assert.equal(hitsIn(whole), WEEKS * HITS_OF_WEEK);
    const expected = contentsOfFile(whole);
    const left = new Set<number>();
    for (const [where, transaction] of moments) {
      const what = `${where} of transaction ${transaction}`;
      const vault = join(folder, `${where}-${transaction}.sqlite`);
      const args = ['import', '--vault', vault, file];
      const run = await rollcall(args, { node: ['--import', killing(where, transaction)] });
      assert.equal(run.signal, 'SIGKILL', `${what}: ${run.err}`);
      assert.ok(existsSync(vault), what);
      assert.deepEqual(findingsIn(vault), [], what);
      const hits = hitsIn(vault);
      assert.equal(hits % HITS_OF_WEEK, 0, what);
      left.add(hits);
      assert.equal((await rollcall(args)).code, 0, what);
      assert.equal(contentsOfFile(vault), expected, what);
      assert.deepEqual(findingsIn(vault), [], what);
    }
    assert.ok(left.size >= 3, `some kills left weeks behind: ${[...left]}`);
    const others = readdirSync(folder).filter((name) => !/\.(csv|mjs|sqlite(-wal|-shm)?)$/.test(name));
    assert.deepEqual(others, [], 'nothing else stays behind');
  });
});
