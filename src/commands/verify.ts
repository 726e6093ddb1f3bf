import { mondayOf } from '../flow/sightings/week.ts';
import type { Vault } from '../flow/vault/vault.ts';
import { KEEP_DAMAGED } from '../flow/vault/vault-fault.ts';
import { outsideAccounts, surveyAccounts } from '../flow/views/survey.ts';
import { rulesForVault } from './distribution.ts';
import type { ExitCode } from './exit-code.ts';
import { withVault } from './open-vault.ts';
import { plural, type Terminal } from './terminal.ts';

/** `rollcall verify`: reads the whole vault and says what is wrong with it. */
export async function verify(options: { vault: string }, terminal: Terminal): Promise<ExitCode> {
  return await withVault(options.vault, terminal, (vault) => {
    const problems = vault.verify();
    if (problems.length === 0) problems.push(...vault.snapshot(() => unaccounted(vault)));
    if (problems.length === 0) {
      terminal.out.write(
        `${options.vault} is sound: structure, checksums, conservation sums, accounts, ledger and cube agree.\n`,
      );
      return 0;
    }
    terminal.err.write(`${options.vault} is damaged, ${plural(problems.length, 'finding')}:\n`);
    for (const problem of problems) terminal.err.write(`  ${problem}\n`);
    terminal.err.write(`${KEEP_DAMAGED}.\n`);
    return 1;
  });
}

/** M7, by the definition that counts this vault. Without one nothing is accounted for. */
function unaccounted(vault: Vault): string[] {
  const rules = rulesForVault(vault);
  if (rules === undefined) return [];
  return vault.weeks().flatMap(({ week, hits }) => {
    const difference = outsideAccounts({ accounts: surveyAccounts(week, vault.cells(week), rules) }, hits);
    return difference === 0 ? [] : [`week of ${mondayOf(week)}: ${difference} check-ins are in no account`];
  });
}
