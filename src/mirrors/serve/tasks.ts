import type { TaskStatus } from './messages.ts';

export interface Tasks {
  /** Counts the spool into the vault. Rejects with why it could not. */
  fold(): Promise<void>;
  /** Publishes what has become due; undefined if there is no site. Rejects with why it could not. */
  publish: (() => Promise<void>) | undefined;
}

export interface TaskEffects {
  /** In seconds. */
  now(): number;
  say(message: string): void;
}

const FOLD_EVERY_SECONDS = 600;
const DAY = 86_400;
/** A week is published 26 hours after its end: Tuesday, 02:00 UTC. The last minute's check-ins are on the disk by then. */
const PUBLISH_AT_SECONDS = 26 * 3600 + 60;

/**
 * What the first process does beside: counting every ten minutes, publishing every day, at the hour at which a week may
 * become due. One after the other, and what fails is tried again the next time.
 */
export class TaskList {
  readonly #tasks: Tasks;
  readonly #effects: TaskEffects;
  readonly #status: Record<TaskStatus['name'], TaskStatus> = {
    fold: { name: 'fold', lastDone: undefined, failure: undefined },
    publish: { name: 'publish', lastDone: undefined, failure: undefined },
  };
  #running: Promise<void> | undefined;
  #triedFold = Number.NEGATIVE_INFINITY;

  constructor(tasks: Tasks, effects: TaskEffects) {
    this.#tasks = tasks;
    this.#effects = effects;
  }

  get status(): TaskStatus[] {
    return this.#tasks.publish === undefined ? [this.#status.fold] : [this.#status.fold, this.#status.publish];
  }

  /** To be called every few seconds. Ends when what it began has ended. */
  async tick(): Promise<void> {
    this.#running ??= this.#runDue().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #runDue(): Promise<void> {
    const now = this.#effects.now();
    if (isSamePeriod(this.#triedFold, now, FOLD_EVERY_SECONDS, 0)) return;
    this.#triedFold = now;
    await this.#run('fold', this.#tasks.fold);
    const { publish } = this.#tasks;
    const { lastDone } = this.#status.publish;
    const isDue = lastDone === undefined || !isSamePeriod(lastDone, now, DAY, PUBLISH_AT_SECONDS);
    if (publish !== undefined && isDue) await this.#run('publish', publish);
  }

  async #run(name: TaskStatus['name'], work: () => Promise<void>): Promise<void> {
    const status = this.#status[name];
    try {
      await work();
      this.#status[name] = { name, lastDone: this.#effects.now(), failure: undefined };
      if (status.failure !== undefined) this.#effects.say(`${name}: done again`);
    } catch (error) {
      const failure = error instanceof Error ? error.message : 'unknown reason';
      this.#status[name] = { ...status, failure };
      if (status.failure !== failure) this.#effects.say(`${name}: ${failure}; it is tried again every ten minutes`);
    }
  }
}

function isSamePeriod(one: number, other: number, seconds: number, shift: number): boolean {
  return Math.floor((one - shift) / seconds) === Math.floor((other - shift) / seconds);
}
