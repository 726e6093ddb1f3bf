/**
 * A log that cannot be counted: `damaged` bytes, or a log that is `refused` although it may be sound.
 * It contributes nothing and the other logs go on. The message names the place, what was expected and
 * what to do next; it never holds bytes of the log.
 */
export class LogFault extends Error {
  override readonly name = 'LogFault';
  readonly status: 'damaged' | 'refused';

  constructor(status: 'damaged' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
