import { benchCluster } from './cluster.ts';
import { benchCount } from './count.ts';
import { benchPublish } from './publish.ts';
import { benchReliability } from './reliability.ts';
import { type Bench, writeResults } from './results.ts';
import { benchServe } from './serve.ts';
import { benchSize } from './size.ts';

/** `npm run bench`: all of it; `npm run bench -- publish`: a part. */
const PARTS: Record<string, () => Promise<Bench>> = {
  cluster: benchCluster,
  count: benchCount,
  publish: benchPublish,
  reliability: benchReliability,
  serve: benchServe,
  size: benchSize,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: expected ${Object.keys(PARTS).join(', ')}`);
for (const [name, bench] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  if (!writeResults(await bench())) process.exitCode = 1;
}
