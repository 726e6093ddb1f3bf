import type { Circumstances } from '../../src/flow/views/publication/decide.ts';
import { measuresOf } from '../../src/flow/views/publication/judge-week.ts';
import type { Rules } from '../../src/flow/views/survey.ts';

/** Weeks are decided with nothing but their contents, as by a vault that has lost what it kept beside them. */
export function nothingKept(rules: Rules): Pick<Circumstances, 'measured' | 'isSettled' | 'settle' | 'keep'> {
  return {
    measured: (week, content) => measuresOf(week, content, rules),
    isSettled: () => false,
    settle: () => {},
    keep: (_, revisions) => revisions.at(-1)!,
  };
}
