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

/** As they are published: `hidden` are check-ins of groups too small to tell what they stand for, or of unlisted names. */
export const PUBLISHED_ACCOUNTS = [...ACCOUNTS, 'hidden'] as const;
export type PublishedAccount = (typeof PUBLISHED_ACCOUNTS)[number];
export type AccountSums = Readonly<Record<PublishedAccount, number>>;

/** Its column in `weeks.csv`. */
export function accountColumn(account: PublishedAccount): string {
  return `checkins_${account.replaceAll('-', '_')}`;
}

/** What stands in `repo_tag` for a repository that no definition knows: what strangers ask for is theirs to say. */
export const UNKNOWN_TAG = 'unknown';
export const UNEXPANDED_TAG = 'unexpanded';
