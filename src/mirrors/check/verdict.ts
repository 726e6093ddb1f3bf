import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { RepositoryHealth } from '../catalogue.ts';
import type { Finding } from './look.ts';
import { durationText, timeText } from './time-text.ts';
import { type History, replacedAt } from './truth.ts';

export interface Judgement {
  verdict: RepositoryHealth['verdict'];
  /** Empty where nothing is wrong. */
  reason: string;
  /** What it had, unless that is the newest. */
  sha256?: string;
}

export interface Measure {
  /** Never empty. */
  history: History;
  /** Whether the master answered in this run: without it, metadata that is not known may be newer than what is. */
  isFresh: boolean;
  /** Seconds that metadata may have been replaced. */
  allowedOutdate: number;
  /** Seconds by which the mirror's TIME is behind the master's; undefined unless both have one. */
  behind: number | undefined;
  now: EpochSeconds;
}

/** Undefined where the checker cannot tell: then the verdict stays as it was. */
export function judge(finding: Finding, measure: Measure): Judgement | undefined {
  switch (finding.kind) {
    case 'found':
      return judgeMetadata(finding, measure);
    case 'missing':
      return {
        verdict: 'missing',
        reason: 'repomd.xml is not there (404): synchronise it, if this mirror is to have it',
      };
    case 'unusable':
      return { verdict: 'broken', reason: `repomd.xml: ${finding.reason}` };
    case 'failed':
      return { verdict: 'unreachable', reason: finding.reason };
    case 'own-fault':
      return undefined;
  }
}

function judgeMetadata(
  { sha256, timestamp }: { sha256: string; timestamp: number | undefined },
  measure: Measure,
): Judgement | undefined {
  const { history } = measure;
  const at = history.findIndex((known) => known.sha256 === sha256);
  if (at === 0) return { verdict: 'current', reason: '' };
  if (at > 0) return { ...judgeAge(replacedAt(history, at), measure), sha256 };
  const oldest = history.at(-1)!;
  // Before anything that is known here: replaced by the time that was written, and not since the mirror was.
  if (timestamp !== undefined && timestamp < oldest.timestamp) {
    const replaced = Math.min(oldest.timestamp, measure.now - (measure.behind ?? 0)) as EpochSeconds;
    return { ...judgeAge(replaced, measure), sha256 };
  }
  if (!measure.isFresh) return undefined;
  return { verdict: 'broken', reason: unknownReason(timestamp) };
}

function judgeAge(replaced: EpochSeconds, { allowedOutdate, now }: Measure): Judgement {
  const age = now - replaced;
  const what = `the master replaced this metadata ${durationText(age)} ago`;
  if (age <= allowedOutdate) return { verdict: 'previous', reason: what };
  return {
    verdict: 'stale',
    reason: `${what}, and ${durationText(allowedOutdate)} are allowed: look at the last synchronisation, or do it more often`,
  };
}

function unknownReason(timestamp: number | undefined): string {
  const when = timestamp === undefined ? '' : ` (it says ${timeText(timestamp)})`;
  return `repomd.xml is none that the master ever published${when}: synchronise it again, and from an official source`;
}
