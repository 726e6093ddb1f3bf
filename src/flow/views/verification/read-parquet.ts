import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type PublishedRows, TableFault } from './published-rows.ts';

const REQUIRE = createRequire(import.meta.url);
const SHORTEST_MILLISECONDS = 10_000;
const BYTES_PER_SECOND = 1024 * 1024;
const MOST_MEGABYTES = 1024;

/**
 * A few bytes of a page say how many values follow, and the library believes them: a file of 2 KB takes all memory, or
 * never ends. A thread has limits of its own.
 */
const READ = `
  const { parentPort, workerData } = require('node:worker_threads');
  const textOf = (value) => (value instanceof Date ? value.toISOString() : value === null ? '' : String(value));
  import(workerData.library).then(async ({ parquetReadObjects }) => {
    const objects = await parquetReadObjects({ file: workerData.file });
    const columns = Object.keys(objects[0] ?? {});
    parentPort.postMessage({ columns, rows: objects.map((row) => columns.map((column) => textOf(row[column]))) });
  });
`;

/** The rows of a published Parquet file, which may come from anybody. Throws `TableFault`. */
export async function parquetRows(bytes: Uint8Array): Promise<PublishedRows> {
  const library = pathToFileURL(REQUIRE.resolve('hyparquet')).href;
  const thread = new Worker(READ, {
    eval: true,
    workerData: { library, file: new Uint8Array(bytes).buffer },
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    stderr: true,
  });
  const time = SHORTEST_MILLISECONDS + (bytes.length / BYTES_PER_SECOND) * 1000;
  try {
    const read = await new Promise<Omit<PublishedRows, 'path'> | undefined>((resolve) => {
      const clock = setTimeout(() => resolve(undefined), time);
      thread.once('message', resolve);
      thread.once('error', () => resolve(undefined));
      thread.once('exit', () => {
        clearTimeout(clock);
        resolve(undefined);
      });
    });
    if (read !== undefined) return { path: '', ...read };
  } finally {
    await thread.terminate();
  }
  throw new TableFault('expected Parquet');
}
