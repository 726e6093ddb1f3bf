import { readRegularFile } from '../regular-file.ts';
import { UsageError } from './exit-code.ts';

const MOST_BYTES = 4096;
const VARIABLE = 'ROLLCALL_CLICKHOUSE_PASSWORD';
const FILE_VARIABLE = 'ROLLCALL_CLICKHOUSE_PASSWORD_FILE';

/** From the environment or a file that it names: an option would show it to everybody who lists processes. */
export function clickhousePassword(environment: NodeJS.ProcessEnv = process.env): string {
  const [given, file] = [environment[VARIABLE], environment[FILE_VARIABLE]];
  if (given !== undefined && file !== undefined)
    throw new UsageError(`${VARIABLE} and ${FILE_VARIABLE} are both set: leave one`);
  if (file === undefined) return given ?? '';
  try {
    return readRegularFile(file, MOST_BYTES)
      .toString()
      .replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`${FILE_VARIABLE}: ${file} cannot be read`, { cause: error });
  }
}
