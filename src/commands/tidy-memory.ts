import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What may come to lie about. */
const MOST_BYTES = 80_000_000;

/**
 * Collects what weeks have left behind, where that has become much. The engine itself would let it grow to gigabytes on a
 * machine that has them, and a small one that runs other programs too would have none left for these.
 */
export function memoryTidier(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let inUse = getHeapStatistics().used_heap_size;
  return () => {
    if (getHeapStatistics().used_heap_size < inUse + MOST_BYTES) return;
    collect();
    inUse = getHeapStatistics().used_heap_size;
  };
}
