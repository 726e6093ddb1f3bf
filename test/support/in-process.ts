import { Writable } from 'node:stream';
import { startReaders } from '../../src/commands/start-readers.ts';
import type { Terminal } from '../../src/commands/terminal.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import type { LogReaders } from '../../src/flow/tallies/log-readers.ts';
import { LATER } from './vault-logs.ts';

export interface Captured extends Terminal {
  outText(): string;
  errText(): string;
}

/** A terminal that keeps what is written to it. */
export function capture(): Captured {
  const texts = { out: '', err: '' };
  const writable = (which: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[which] += chunk.toString();
        done();
      },
    });
  return { out: writable('out'), err: writable('err'), outText: () => texts.out, errText: () => texts.err };
}

export const clockAt = (time: EpochSeconds) => ({ now: () => time });

/** Readers with the rules that `rollcall ingest` has by default, for tests that read many logs. */
export function newReaders(count = 1): LogReaders {
  const readers = startReaders({}, LATER);
  readers.growTo(count, Array(count).fill(0));
  return readers;
}
