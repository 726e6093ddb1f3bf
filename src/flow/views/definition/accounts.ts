import type { Role } from './roles.ts';

/** Each counted check-in belongs to exactly one of these (M7). */
export const ACCOUNTS = [
  'census',
  'crosscheck',
  'epel',
  'optional',
  'cross-release',
  'unexpanded',
  'unknown',
  'no-system',
] as const;
export type Account = (typeof ACCOUNTS)[number];

/** What a definition could count, and does not: it costs a week its grade (J3). */
export const NOTHING: readonly Account[] = ['unexpanded', 'unknown'];

export function accountOf({ kind }: Role): Account {
  return kind === 'epel-crosscheck' ? 'epel' : kind;
}
