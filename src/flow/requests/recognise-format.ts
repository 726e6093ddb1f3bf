import { COMBINED, KNOWN_FORMATS, type LogFormat } from './format.ts';

const LINES_LOOKED_AT = 1000;
const ENOUGH_LINES = 100;
const SHARE_THAT_FITS = 0.95;

/**
 * The format of a log by the lines at its start (L9); undefined if there are enough lines and no known format fits. Users
 * with spaces fit only where no format does without them: `vhost:80 - - - [` would be a user `- -` of the combined format.
 */
export function recogniseFormat(start: Uint8Array): LogFormat | undefined {
  const lines = sampleLines(start);
  const fitting = formatThatFits(lines, (user) => !user.includes(' ')) ?? formatThatFits(lines, () => true);
  return fitting ?? (lines.length < ENOUGH_LINES ? COMBINED : undefined);
}

function formatThatFits(lines: readonly string[], isUser: (user: string) => boolean): LogFormat | undefined {
  return KNOWN_FORMATS.find((format) => {
    const fits = lines.reduce((count, line) => count + (fitsWhole(line, format, isUser) ? 1 : 0), 0);
    return fits >= lines.length * SHARE_THAT_FITS;
  });
}

function sampleLines(start: Uint8Array): string[] {
  const text = Buffer.from(start.buffer, start.byteOffset, start.byteLength)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  const lines = text.split('\n', LINES_LOOKED_AT * 2);
  // The last piece may be cut off in the middle.
  if (lines.length > 1 && lines.length < LINES_LOOKED_AT * 2) lines.pop();
  return lines
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .slice(0, LINES_LOOKED_AT);
}

function fitsWhole(line: string, format: LogFormat, isUser: (user: string) => boolean): boolean {
  const match = format.line.exec(line);
  return match?.[0].length === line.length && isUser(match.groups?.['user'] ?? '');
}
