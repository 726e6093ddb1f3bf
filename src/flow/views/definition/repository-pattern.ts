/** `baseos-{release}`: a repository tag of which a part is the release. */
export interface RepositoryPattern {
  text: string;
  /**
   * The major release that a tag stands for; undefined if it is another repository. `EVERY_RELEASE` of a pattern without
   * `{release}`: the repository does not say which one it is.
   */
  releaseOf(tag: string): string | undefined;
  /** What matches all tags of the pattern, and no others. */
  expression: RegExp;
  /** The tag of a release. */
  of(release: string): string;
}

export const PLACEHOLDER = '{release}';
export const EVERY_RELEASE = '';

/** Undefined where `{release}` stands in the text more than once. */
export function repositoryPattern(text: string): RepositoryPattern | undefined {
  const [before, after, ...more] = text.split(PLACEHOLDER);
  if (before === undefined || more.length > 0) return undefined;
  if (after === undefined) {
    const expression = new RegExp(`^${literal(before)}$`);
    return { text, expression, releaseOf: (tag) => (tag === text ? EVERY_RELEASE : undefined), of: () => text };
  }
  // A minor version in the tag is the same release: /mirrorlist/9.4/baseos asks for baseos-9.4. Longer numbers are no
  // releases, but what somebody wants to see published.
  const expression = new RegExp(`^${literal(before)}(\\d{1,2})(?:\\.\\d{1,2})?${literal(after)}$`);
  return {
    text,
    expression,
    releaseOf: (tag) => expression.exec(tag)?.[1],
    of: (release) => `${before}${release}${after}`,
  };
}

/** The number before the first dot of an os version; undefined if it does not begin with one. */
export function majorOf(version: string): string | undefined {
  return /^\d+/.exec(version)?.[0];
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
