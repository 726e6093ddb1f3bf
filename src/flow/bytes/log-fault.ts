/**
 * A log that cannot be counted: `damaged` bytes, or a log that is `refused` although it may be sound.
 * It contributes nothing and the other logs go on. The message names the place, what was expected and
 * what to do next; it never holds bytes of the log.
 */
export class LogFault extends Error {
  override readonly name = 'LogFault';
  readonly status: 'damaged' | 'refused';
  /** Set where the file was changed while it was read: another reading may find it whole. */
  readonly mayReadAgain: boolean;

  constructor(
    status: 'damaged' | 'refused',
    message: string,
    { mayReadAgain = false, ...options }: ErrorOptions & { mayReadAgain?: boolean } = {},
  ) {
    super(message, options);
    this.status = status;
    this.mayReadAgain = mayReadAgain;
  }
}
