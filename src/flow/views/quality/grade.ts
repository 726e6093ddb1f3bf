import type { Grade } from '../publication/tables.ts';

/** What is known of a week's logs. */
export interface Evidence {
  /** 0 to 1; null for imported totals. */
  coverage: number | null;
  /** What an undeclared loss has left, 0 to 1. */
  loss: number | undefined;
  /** What was left of the days before a release, 0 to 1, where they tell of a loss that the rest of the week hides. */
  early: number | undefined;
  /** Of the range by all repositories, as a share of the systems; by what is published the least that it can be. */
  disagreement: number;
  /** Which share of the headline's check-ins asks for repositories that no definition counts. */
  nothing: number;
  /** What the operator says. */
  declared: { grade: 'C' | 'X'; text: string } | undefined;
}

const A = 0.98;
const B = 0.9;
const MOST_DISAGREEMENT = 0.25;
/** Whoever asks for what is not counted may be missing among the systems. */
const MOST_NOTHING = 0.02;

/** A grade, and in words why it is not better. */
export function gradeOf(evidence: Evidence): { grade: Grade; note: string } {
  const { coverage, loss, early, disagreement, nothing, declared } = evidence;
  if (declared?.grade === 'X') return { grade: 'X', note: declared.text };
  const reasons = [
    ...(declared === undefined ? [] : [declared.text]),
    ...(coverage !== null && coverage < B ? [`${percent(1 - coverage)} of the expected logs are missing`] : []),
    ...(loss === undefined ? [] : [`all repositories fell together to ${percent(loss)}: logs are missing`]),
    ...(early === undefined
      ? []
      : [`before a release only ${percent(early)} of a usual Monday came: logs are missing`]),
    ...(disagreement > MOST_DISAGREEMENT ? [`repositories disagree by more than ${percent(MOST_DISAGREEMENT)}`] : []),
  ];
  const doubts = [
    ...(coverage !== null && coverage >= B && coverage < A
      ? [`${percent(1 - coverage)} of the expected logs are missing`]
      : []),
    ...(nothing > MOST_NOTHING ? [`${percent(nothing)} of the check-ins ask for what no definition counts`] : []),
  ];
  if (reasons.length > 0) return { grade: 'C', note: reasons.concat(doubts).join('; ') };
  return { grade: doubts.length === 0 ? 'A' : 'B', note: doubts.join('; ') };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
