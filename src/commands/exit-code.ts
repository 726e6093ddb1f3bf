/** 0: done. 1: something was refused or damaged, and the rest was done. 2: usage, configuration or the vault. */
export type ExitCode = 0 | 1 | 2;

/** A mistake in how a command was called. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
