import type { Catalogue } from '../catalogue.ts';
import { describeFinding } from './finding.ts';
import type { Loaded } from './load.ts';

export type Acceptance = { isAccepted: true; catalogue: Catalogue } | { isAccepted: false; reason: string };

/** More than this share and more than this number at once is no spring cleaning but a mistake. */
const LARGEST_LOSS = { share: 0.2, mirrors: 5 };

/**
 * Whether a service goes on by what was loaded anew, or stays with what it has (`before`; undefined at its start). The
 * reason is for the log.
 */
export function acceptSnapshot(before: Catalogue | undefined, after: Loaded): Acceptance {
  const { catalogue, errors } = after;
  if (catalogue === undefined) {
    const first = errors[0] === undefined ? '' : `: ${describeFinding(errors[0])}`;
    return { isAccepted: false, reason: `the configuration cannot be used${first}` };
  }
  const kept = new Set(catalogue.mirrors.map(({ name }) => name));
  const lost = before?.mirrors.filter(({ name }) => !kept.has(name)) ?? [];
  const all = before?.mirrors.length ?? 0;
  const isTooMuch = lost.length > LARGEST_LOSS.mirrors && lost.length > all * LARGEST_LOSS.share;
  if (!isTooMuch && (all === 0 || kept.size > 0)) return { isAccepted: true, catalogue };
  return { isAccepted: false, reason: lossReason(lost, all, errors.length) };
}

function lossReason(lost: readonly { name: string }[], all: number, errors: number): string {
  const some = lost.slice(0, 3).map(({ name }) => name);
  const names = `${some.join(', ')}${lost.length > some.length ? ', …' : ''}`;
  const why = errors === 0 ? 'their files are gone' : `${errors} of the findings are errors: rollcall lint shows them`;
  return `${lost.length} of ${all} mirrors would be lost (${names}); ${why}; if it is meant, restart the service`;
}
