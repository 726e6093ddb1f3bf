import { randomBytes } from 'node:crypto';
import { Vault } from '../flow/vault/vault.ts';
import { KEEP_DAMAGED } from '../flow/vault/vault-fault.ts';
import type { ExitCode } from './exit-code.ts';
import { plural, type Terminal } from './terminal.ts';

/** `rollcall verify`: reads the whole vault and says what is wrong with it. */
export function verify(options: { vault: string }, terminal: Terminal): ExitCode {
  const vault = Vault.open(options.vault, 'read', randomBytes);
  try {
    const problems = vault.verify();
    if (problems.length === 0) {
      terminal.out.write(
        `${options.vault} is sound: structure, checksums, conservation sums, ledger and cube agree.\n`,
      );
      return 0;
    }
    terminal.err.write(`${options.vault} is damaged, ${plural(problems.length, 'finding')}:\n`);
    for (const problem of problems) terminal.err.write(`  ${problem}\n`);
    terminal.err.write(`${KEEP_DAMAGED}.\n`);
    return 1;
  } finally {
    vault.close();
  }
}
