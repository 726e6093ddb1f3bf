import type { Sharing } from '../regular-file.ts';

export interface SharingOptions {
  /** Files with exact numbers are made for the group too, and not for their owner alone. */
  groupAccess?: boolean;
}

export function sharingOf({ groupAccess }: SharingOptions): Sharing {
  return groupAccess === true ? 'group' : 'owner';
}
