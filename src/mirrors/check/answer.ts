export type Family = 4 | 6;

/** What came of one request. Reasons are for the admin of the host, and hold no address. */
export type Answer =
  | { kind: 'body'; bytes: Uint8Array; type?: string }
  /** Any status but 200 and those that lead elsewhere. */
  | { kind: 'status'; status: number }
  /** It was answered, with what no client can use. */
  | { kind: 'unusable'; reason: string }
  | { kind: 'failed'; reason: string }
  /** The name has no address of this family. */
  | { kind: 'no-address' }
  /** The checker's own network or resolver is at fault. */
  | { kind: 'own-fault'; reason: string };

/** Asks for an http or https address over one IP version. Never throws. `most` is the limit in bytes. */
export type Get = (address: string, family: Family, most: number) => Promise<Answer>;

/** Whether a client would have been answered at all. */
export function isServed(answer: Answer): boolean {
  if (answer.kind === 'status') return isAbsent(answer);
  return answer.kind === 'body' || answer.kind === 'unusable';
}

export function isAbsent(answer: Answer): boolean {
  return answer.kind === 'status' && (answer.status === 404 || answer.status === 410);
}

/** Why an answer is not the body that was asked for; empty if it is. */
export function reasonOf(answer: Answer): string {
  switch (answer.kind) {
    case 'body':
      return '';
    case 'status':
      return statusReason(answer.status);
    case 'no-address':
      return 'the host name does not resolve';
    default:
      return answer.reason;
  }
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  401: 'a password is asked for (401)',
  403: 'access is forbidden (403): file permissions, or a firewall by country or User-Agent?',
  404: 'it is not there (404)',
  410: 'it is gone (410)',
  429: 'there were too many requests (429): allow a few hundred in a row, as dnf clients behind one address need it',
  503: 'the server is overloaded or in maintenance (503)',
};

function statusReason(status: number): string {
  return STATUS_WORDS[status] ?? `the server answers with status ${status}`;
}
