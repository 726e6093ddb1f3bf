/** A vault that cannot be used: `damaged`, `busy`, or not one that this version can read. Says what to do next. */
export class VaultFault extends Error {
  override readonly name = 'VaultFault';
  readonly kind: 'damaged' | 'busy' | 'unusable';

  constructor(kind: 'damaged' | 'busy' | 'unusable', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export const KEEP_DAMAGED =
  'Nothing was changed. Keep the file, restore a backup, or count the archived logs into a new vault';

export function damaged(what: string, options?: ErrorOptions): VaultFault {
  return new VaultFault('damaged', `the vault is damaged: ${what}. ${KEEP_DAMAGED}`, options);
}
