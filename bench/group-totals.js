import { DuckDBInstance } from '@duckdb/node-api';

// The peer's process: reads a file of totals and adds up the rows that differ in nothing but hits, as an import must.
const [file] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
const result = await connection.runAndReadAll(
  `SELECT count(*) AS rows, sum(hits) AS hits FROM (
     SELECT week_start, os_name, os_version, os_variant, os_arch, sys_age, repo_tag, repo_arch, sum(hits) AS hits
     FROM read_csv('${file}') GROUP BY ALL)`,
);
process.stdout.write(result.getRows()[0].join(' '));
