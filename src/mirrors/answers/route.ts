import type { Target } from './target.ts';

export type Document = 'mirrorlist' | 'metalink';

/** Which of the service's addresses a path is. */
export type Route =
  | { kind: 'list'; document: Document; name: ListName }
  | { kind: 'isolist'; version: string; arch: string }
  | { kind: 'explain'; of: Route }
  | { kind: 'empty-repository'; file: string };

/** How a repository is named: AlmaLinux's path form, or Fedora's `repo=` and `arch=`. */
export type ListName = { form: 'path'; version: string; repository: string } | { form: 'query' };

/** Undefined if the path is none of the service's: a website may have it. */
export function routeOf({ segments }: Target): Route | undefined {
  const [first, ...rest] = segments;
  if (first === 'explain') {
    const of = routeOf({ segments: rest, parameters: NO_PARAMETERS });
    return of === undefined || of.kind === 'explain' ? undefined : { kind: 'explain', of };
  }
  if (first === 'empty' && rest.length > 0) return { kind: 'empty-repository', file: rest.join('/') };
  if (first === 'isolist' && rest.length === 2) return { kind: 'isolist', version: rest[0]!, arch: rest[1]! };
  return listRoute(segments);
}

const NO_PARAMETERS = { repo: [], arch: [], country: [], protocol: [] };

/** The same rule as for counting: a path that ends in a list is of Fedora's form, whatever stands before (Q1). */
function listRoute(segments: readonly string[]): Route | undefined {
  const last = segments.at(-1);
  if (isDocument(last)) return { kind: 'list', document: last, name: { form: 'query' } };
  const [document, version, repository] = segments;
  if (segments.length !== 3 || !isDocument(document) || version === '' || repository === '') return undefined;
  return { kind: 'list', document, name: { form: 'path', version: version!, repository: repository! } };
}

function isDocument(name: string | undefined): name is Document {
  return name === 'mirrorlist' || name === 'metalink';
}
