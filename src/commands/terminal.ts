import type { Writable } from 'node:stream';

/** Where a command writes for people, and whether it is a terminal. */
export interface Terminal {
  out: Writable;
  err: Writable & { isTTY?: boolean };
}

export interface Progress {
  update(bytes: number): void;
  stop(): void;
}

const PLAIN_EVERY_MILLISECONDS = 10_000;

/** Shows bytes, rate and time left: a bar on a terminal, a line every ten seconds elsewhere. */
export async function showProgress(err: Terminal['err'], what: string, total: number): Promise<Progress> {
  return err.isTTY === true ? await showBar(err, what, total) : showLines(err, what, total);
}

async function showBar(err: Terminal['err'], what: string, total: number): Promise<Progress> {
  // Loaded here because it takes 6 ms that only a terminal is worth.
  const { Presets, SingleBar } = await import('cli-progress');
  const started = performance.now();
  const bar = new SingleBar(
    {
      stream: err as unknown as NodeJS.WritableStream,
      format: `${what} {bar} {percentage}% | {done} of {whole} | {rate}/s | {eta_formatted} left`,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 30,
      fps: 10,
    },
    Presets.rect,
  );
  bar.start(total, 0, { done: '0 B', whole: formatBytes(total), rate: '-' });
  return {
    update: (bytes) => {
      const seconds = (performance.now() - started) / 1000;
      bar.update(bytes, { done: formatBytes(bytes), rate: formatBytes(bytes / seconds) });
    },
    stop: () => bar.stop(),
  };
}

function showLines(err: Terminal['err'], what: string, total: number): Progress {
  const started = performance.now();
  let last = started;
  return {
    update: (bytes) => {
      const now = performance.now();
      if (now - last < PLAIN_EVERY_MILLISECONDS) return;
      last = now;
      const rate = bytes / ((now - started) / 1000);
      const left = Math.ceil((total - bytes) / rate);
      err.write(`${what}: ${formatBytes(bytes)} of ${formatBytes(total)}, ${formatBytes(rate)}/s, ${left} s left\n`);
    },
    stop: () => {},
  };
}

/** Shows work that goes in steps of equal size. */
export async function showSteps(err: Terminal['err'], what: string, steps: string, total: number): Promise<Progress> {
  if (err.isTTY !== true) return { update: () => {}, stop: () => {} };
  const { Presets, SingleBar } = await import('cli-progress');
  const bar = new SingleBar(
    {
      stream: err as unknown as NodeJS.WritableStream,
      format: `${what} {bar} {value} of {total} ${steps} | {eta_formatted} left`,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 30,
    },
    Presets.rect,
  );
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `1.2 GB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

/** `1,234,567`: the same on every machine. Not toLocaleString, which loads 12 ms of language data. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `3 logs`, `1 log`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Not an expression yet: see UNCLEAN in clean-text.ts. */
const UNPRINTABLE = String.raw`[^\p{L}\p{N}\p{P}\p{S} ]`;

/** Text that comes from strangers: nothing that could steer a terminal, and not endless. */
export function printable(text: string, most: number): string {
  const clean = text.replace(new RegExp(UNPRINTABLE, 'gu'), '?');
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}
