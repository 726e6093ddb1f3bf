import { parentPort, workerData } from 'node:worker_threads';
import { assertAgreement, type Rejections } from '../support/agreement.ts';
import { seededRandom } from '../support/random.ts';

export interface AgreementWork {
  seed: number;
  lines: number;
}

export interface AgreementReport {
  lines: number;
  bytes: number;
  rejections: Rejections;
}

const { seed, lines: wanted } = workerData as AgreementWork;
const random = seededRandom(seed);
const rejections: Rejections = new Map();
let lines = 0;
let bytes = 0;
for (let log = 0; lines < wanted; log++) {
  const size = random.pick([50, 1_000, 5_000, 20_000]);
  bytes += assertAgreement(random, size, `seed ${seed}, log ${log}`, rejections);
  lines += size;
  parentPort!.postMessage(size);
}
parentPort!.postMessage({ lines, bytes, rejections } satisfies AgreementReport);
