/** Tells the operator of a failing disk: once when it begins, once when check-ins get lost, once when it is over. */
export class Trouble {
  readonly #path: string;
  readonly #say: (message: string) => void;
  /** Why nothing can be written at the moment. */
  reason: string | undefined;
  /** Up to the last success. */
  #lostBefore = 0;
  #isLossTold = false;

  constructor(path: string, say: (message: string) => void) {
    this.#path = path;
    this.#say = say;
  }

  /** `lost`: check-ins since the start that were not kept. */
  failed(error: unknown, lost: number): void {
    if (this.reason === undefined) {
      this.#isLossTold = false;
      this.#say(
        `check-ins cannot be written to ${this.#path}: ${reasonOf(error)}. Requests are answered and check-ins wait in ` +
          'memory; free space or repair the disk',
      );
    }
    this.reason = reasonOf(error);
    if (lost === this.#lostBefore || this.#isLossTold) return;
    this.#isLossTold = true;
    this.#say(`the memory for check-ins that cannot be written to ${this.#path} is full: from now on they are lost`);
  }

  succeeded(lost: number): void {
    const lostSince = lost - this.#lostBefore;
    this.#lostBefore = lost;
    if (this.reason === undefined && lostSince === 0) return;
    this.reason = undefined;
    this.#say(`check-ins are written to ${this.#path} again; ${lostSince} of them were lost`);
  }

  segmentGone(name: string): void {
    this.#say(
      `${name} was removed from ${this.#path} while it was written: what had not been counted of it is lost; leave that ` +
        'folder to Rollcall',
    );
  }

  noKey(error: unknown): void {
    this.#say(
      `no key for networks can be kept in ${this.#path} (${reasonOf(error)}): check-ins are counted, but no new name can ` +
        'be published by them; it is tried again at the next hour',
    );
  }
}

/** The code of the system where there is one, because its messages hold paths. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
