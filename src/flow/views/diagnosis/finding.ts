/** Something that costs numbers, or might, and what to do about it. Texts of strangers stand in it as they came. */
export interface Finding {
  kind:
    | 'no-definition'
    | 'uncounted'
    | 'unexpanded'
    | 'unlisted-name'
    | 'unlisted-edition'
    | 'no-system'
    | 'client'
    | 'rejected'
    | 'nothing-counted'
    | 'silent-source'
    | 'addresses'
    | 'one-network'
    | 'flood'
    | 'format';
  /** How many check-ins it concerns: the worst comes first. */
  checkIns: number;
  title: string;
  details: readonly string[];
  /** Lines to write into the definition, or commands to run; empty where there are none. */
  write: readonly string[];
}

/** Fewer say nothing: anybody can send anything. */
export const LEAST_CHECK_INS = 10;
/** Of all check-ins of the week: less is somebody's own repository. */
const LEAST_SHARE = 0.001;

/** Whether so many check-ins of a week are worth a word. */
export function isWorthAWord(checkIns: number, ofAll: number): boolean {
  return checkIns >= LEAST_CHECK_INS && checkIns >= LEAST_SHARE * ofAll;
}

/** `1,234,567` */
export function counted(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(share: number): string {
  return share > 0 && share < 0.005 ? 'under 1 %' : `${Math.round(share * 100)} %`;
}

/** `a, b and 3 more` */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ');
  return names.length <= most ? shown : `${shown} and ${counted(names.length - most)} more`;
}
