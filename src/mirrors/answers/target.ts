import { decodePercent, decodeUtf8, isCleanText } from '../../flow/sightings/clean-text.ts';
import { splitTarget } from '../../flow/sightings/request.ts';

/** What a request asks for, taken apart. Names and values are decoded once, and are clean text. */
export interface Target {
  /** Parts of the path; one slash at its end is nothing. */
  segments: readonly string[];
  parameters: Parameters;
}

/** All values of the parameters that mean something, in their order; keys count only as they are written (Q3). */
export type Parameters = Readonly<Record<Parameter, readonly string[]>>;
export type Parameter = (typeof PARAMETERS)[number];

const PARAMETERS = ['repo', 'arch', 'country', 'protocol'] as const;
/** Of all real requests none has a tenth of it; work on one is bounded by it. */
const LONGEST_TARGET = 4096;
/** Stands for what is not clean text: no name in any catalogue is empty. */
const UNCLEAN = '';

/** Undefined if it is too long to be worth reading. */
export function readTarget(target: string): Target | undefined {
  if (target.length > LONGEST_TARGET) return undefined;
  const { path, query } = splitTarget(target);
  return {
    segments: path.replace(/^\//, '').replace(/\/$/, '').split('/').map(decode),
    parameters: readParameters(query ?? ''),
  };
}

function readParameters(query: string): Parameters {
  const found: Record<Parameter, string[]> = { repo: [], arch: [], country: [], protocol: [] };
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (isParameter(key)) found[key].push(equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return found;
}

function isParameter(key: string): key is Parameter {
  return (PARAMETERS as readonly string[]).includes(key);
}

function decode(written: string): string {
  const text = decodeUtf8(decodePercent(written));
  return isCleanText(text) ? text : UNCLEAN;
}
