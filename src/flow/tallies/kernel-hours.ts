import { HOURS_BYTES } from '../requests/kernel-memory.ts';
import { FIRST_WEEK, SECONDS_PER_HOUR, weekStart } from '../sightings/week.ts';
import type { EpochHour } from './log-tally.ts';

export const FIRST_HOUR = weekStart(FIRST_WEEK) / SECONDS_PER_HOUR;

/** Memory of the kernel, and the addresses of the words in it that are not 0. */
interface KernelWords {
  readonly memory: WebAssembly.Memory;
  words(from: number, end: number): Iterable<number>;
}

/** The hours of which a bit is set in the table at this address. */
export function hoursAt(kernel: KernelWords, address: number): EpochHour[] {
  const bits = new Uint32Array(kernel.memory.buffer, address, HOURS_BYTES / 4);
  const hours: EpochHour[] = [];
  for (const at of kernel.words(address, address + HOURS_BYTES)) {
    const word = (at - address) / 4;
    for (let rest = bits[word]!, bit = 0; rest !== 0; rest >>>= 1, bit++) {
      if (rest & 1) hours.push((FIRST_HOUR + word * 32 + bit) as EpochHour);
    }
  }
  return hours;
}
