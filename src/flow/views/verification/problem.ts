/** What is wrong with a publication. */
export interface Problem {
  kind: ProblemKind;
  /** A sentence that begins with a path where it is about a file. */
  text: string;
}

export type ProblemKind =
  | 'missing'
  | 'unreadable'
  /** The same lines with other ends, as after an upload as text. */
  | 'line-ends'
  | 'changed'
  /** Something new was published while it was read. */
  | 'replaced'
  | 'extra'
  /** The manifest, or one before it, is none that Rollcall makes. */
  | 'manifest'
  | 'chain'
  | 'signature'
  | 'rollback'
  | 'fork'
  /** The reader remembers another distribution's publication. */
  | 'other-publication'
  /** Published files say different things, although each is as the manifest says. */
  | 'contradiction';
