import { decodePercent, decodeUtf8, isCleanText, LONGEST_VALUE, OTHER, unescapeLog } from './clean-text.ts';

export type Age = 1 | 2 | 3 | 4;

/** What a counted request asks for. */
export interface Request {
  age: Age;
  repoTag: string;
  repoArch: string;
}

export type RequestReading =
  | { kind: 'request'; request: Request }
  | { kind: 'rejected'; reason: 'path' | 'duplicate-key' | 'encoding' | 'age' }
  | { kind: 'no-candidate' };

const NO_CANDIDATE: RequestReading = { kind: 'no-candidate' };

const NO_PATHS: readonly string[] = [];
const LIST_AT_END = /\/(?:mirrorlist|metalink)$/;
const PATH_FORM = /^\/(?:mirrorlist|metalink)\/([^/]+)\/([^/]+)$/;

/**
 * Reads the target of a request as it stands in the log, one byte per character (Q1 to Q9). `ownPaths` are those that
 * were declared, beside `/mirrorlist` and `/metalink`.
 */
export function readRequest(target: string, ownPaths: readonly string[] = NO_PATHS): RequestReading {
  const { path, query } = splitTarget(target);
  if (query === undefined) return NO_CANDIDATE;
  const pairs = query.split('&').map(splitPair);
  const ages = pairs.filter((pair) => pair.key === 'countme');
  if (!ages.some((pair) => pair.value !== undefined)) return NO_CANDIDATE;

  const repos = pairs.filter((pair) => pair.key === 'repo');
  const arches = pairs.filter((pair) => pair.key === 'arch');
  const endsInList = LIST_AT_END.test(path);
  const segments = endsInList ? null : PATH_FORM.exec(path);
  if (!endsInList && segments === null && !ownPaths.includes(path)) return { kind: 'rejected', reason: 'path' };
  if (ages.length > 1 || repos.length > 1 || arches.length > 1) return { kind: 'rejected', reason: 'duplicate-key' };
  if (segments !== null && repos.length > 0) return { kind: 'rejected', reason: 'duplicate-key' };

  return readRequestValues({
    age: ages[0]!.value ?? '',
    arch: arches[0]?.value ?? '',
    repo: segments === null ? (repos[0]?.value ?? '') : segments[2]!,
    version: segments === null ? undefined : segments[1]!,
  });
}

/** The target from its path on: some servers write `http://authority` before it, and others do not (Q1). */
export function withoutAuthority(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/, '');
}

/**
 * Path and query of a target (Q1). rpm-ostree appends `&countme=N` to whatever address it has, also to one without a
 * query: where there is no `?`, the query begins at the first `&`.
 */
export function splitTarget(target: string): { path: string; query: string | undefined } {
  const origin = withoutAuthority(target);
  const questionMark = origin.indexOf('?');
  const end = questionMark < 0 ? origin.indexOf('&') : questionMark;
  return end < 0 ? { path: origin, query: undefined } : { path: origin.slice(0, end), query: origin.slice(end + 1) };
}

/** The values of a request as written, one byte per character; `version` in the path form only. */
export interface RequestValues {
  age: string;
  arch: string;
  repo: string;
  version: string | undefined;
}

/** Decodes the values of a request (Q7 to Q9). */
export function readRequestValues(values: RequestValues): RequestReading {
  const arch = decodeValue(values.arch);
  const repo = decodeValue(values.repo);
  const version = values.version === undefined ? '' : decodeValue(values.version);
  if (arch === undefined || repo === undefined || version === undefined)
    return { kind: 'rejected', reason: 'encoding' };
  if (!/^[1-4]$/.test(values.age)) return { kind: 'rejected', reason: 'age' };
  const repoTag = values.version === undefined ? repo : `${repo}-${version}`;
  return { kind: 'request', request: { age: Number(values.age) as Age, repoTag, repoArch: arch } };
}

function splitPair(pair: string): { key: string; value: string | undefined } {
  const equals = pair.indexOf('=');
  return equals < 0 ? { key: pair, value: undefined } : { key: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

/** The value as text; `other` if it is too long, undefined if it is not clean text (Q9). */
function decodeValue(written: string): string | undefined {
  if (written.length > LONGEST_VALUE) return OTHER;
  const text = decodeUtf8(decodePercent(unescapeLog(written)));
  return isCleanText(text) ? text : undefined;
}
