import { type LineFormat, never } from '../log-format.ts';
import {
  expressionFormat,
  expressionOf,
  foundIn,
  type Groups,
  ODD_USER,
  patternFormat,
  piecesOf,
  QUOTED,
} from './pattern.ts';

const COMBINED_TEXT = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"';
const COMBINED_PIECES = piecesOf(COMBINED_TEXT, 'apache');

/** What the kernel reads: to the byte, and times in one notation only (L7). */
export const COMBINED: LineFormat = expressionFormat(
  'combined',
  new RegExp(`^${expressionOf(COMBINED_PIECES)}`, 's'),
  (groups: Groups) => groups,
  { time: 'log', isKnownAsWritten: true },
);

export const VHOST_COMBINED = patternFormat('vhost_combined', piecesOf(`%v:%p ${COMBINED_TEXT}`, 'apache'));
/** Traefik, ingress-nginx, combinedio and nginx's `main` are that. */
export const COMBINED_EXTRA = patternFormat('combined_extra', COMBINED_PIECES, ' .*');

/** The same fields in the same order, all else as servers were told to write it. */
export const COMBINED_VARIANT = expressionFormat('combined_variant', new RegExp(`${variant()}$`, 's'));
export const COMBINED_VARIANT_EXTRA = expressionFormat(
  'combined_variant_extra',
  new RegExp(`${variant()}\\s.*$`, 's'),
  foundIn,
  {
    isClosed: never,
  },
);

/** A virtual host in front, a list of addresses, a time in any notation and without brackets, tabs between fields. */
function variant(): string {
  const word = '[^\\s[]\\S*';
  return (
    `^(?:[^\\s,]+\\s+)??(?<host>[^\\s,]+(?:,\\s*[^\\s,]+)*)\\s+` +
    `(?:${word}\\s+${word}\\s+\\[?(?<time>[^"[\\]]+?)\\]?|-\\s+(?<user>${ODD_USER}?)\\s+\\[(?<time>[^"[\\]]*)\\])\\s+"(?<request>${QUOTED})"\\s+(?<status>[0-9]{3})\\s+(?:[0-9]+|-)` +
    `\\s+"${QUOTED}"\\s+"(?<agent>${QUOTED})"`
  );
}
