import type { Worker } from 'node:worker_threads';
import type { Command, OptionValues } from '@commander-js/extra-typings';
import { InvalidArgumentError } from 'commander';
import type { ExitCode } from '../commands/exit-code.ts';
import type { Clock } from '../commands/ingest.ts';
import type { Terminal } from '../commands/terminal.ts';

/** What commands are run with. */
export interface Start {
  run(work: () => Promise<ExitCode> | ExitCode): Promise<void>;
  terminal: Terminal;
  clock: Clock;
  /** A reader that is starting up already, for commands that read logs. */
  thread: Worker | undefined;
}

export const DEFAULT_VAULT = 'rollcall.sqlite';

/** For the commands that make files with exact numbers in them. */
export const GROUP_ACCESS = [
  '--group-access',
  'let the group use new files with exact numbers too (0660); without it they are for their owner alone (0600)',
] as const;

export function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 is expected');
  return Number(text);
}

export function names(text: string): string[] {
  return text.split(',').filter((name) => name !== '');
}

const LONGEST_PATH = 255;

/** Q5: one more path that counts, as it will stand in the log. */
export function countingPath(text: string, before: readonly string[] = []): string[] {
  const expected = (what: string) => new InvalidArgumentError(`${what}: expected a path such as /count`);
  if (/^https?:/.test(text)) throw expected('the name of the server is no part of it');
  if (!text.startsWith('/')) throw expected('it does not begin with a slash');
  if (/[?&#]/.test(text)) throw expected('what follows the path is no part of it');
  if (!/^[!-~]+$/.test(text) || /["\\]/.test(text)) throw expected('a log would not show it as it is written here');
  if (text.length > LONGEST_PATH) throw expected(`it has more than ${LONGEST_PATH} characters`);
  return [...before, text];
}

export function withLogOptions(command: Command) {
  return withReaderOptions(
    command
      .argument('<log...>', 'log files, archives (gzip, zstd, xz, bzip2), folders, patterns; - is standard input')
      .option('--vault <file>', 'the vault to write', DEFAULT_VAULT),
  );
}

export function withReaderOptions<Given extends unknown[], Options extends OptionValues>(
  command: Command<Given, Options>,
) {
  return command
    .option(...GROUP_ACCESS)
    .option('--source <label>', "the server the logs come from (default: each log's path without dates and numbers)")
    .option(
      '--format <format>',
      "a format's name (recognised if not given), or your server's LogFormat or log_format string",
    )
    .option('--geo <file.mmdb>', 'country database to use in place of the embedded one')
    .option('--agent <names>', 'clients that count themselves, separated by commas (default: libdnf,rpm-ostree)', names)
    .option(
      '--path <path>',
      'a path of your own that counts beside /mirrorlist and /metalink (may be given again)',
      countingPath,
    )
    .option('--workers <n>', 'threads that read logs (default: one for each core, 4 at most)', wholeNumber);
}
