import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../built-files.ts';
import { errorCode } from '../flow/bytes/file-fault.ts';
import type { Vault } from '../flow/vault/vault.ts';
import { type Aliases, readAliases } from '../flow/views/definition/aliases.ts';
import { chooseDefinition } from '../flow/views/definition/choose.ts';
import { ConfigurationError } from '../flow/views/definition/configuration-file.ts';
import { type Definition, readDefinition } from '../flow/views/definition/definition.ts';
import type { Rules } from '../flow/views/survey.ts';
import { MOST_TEXT_BYTES, readRegularFile } from '../regular-file.ts';

const SHIPPED = builtFile('distributions/');
const ALIASES = 'aliases.yaml';

/** The rules of a distribution: one that ships with Rollcall, by its name, or a YAML file. Throws a ConfigurationError. */
export function rulesOf(distribution: string): Rules {
  const shipped = shippedNames();
  if (shipped.includes(distribution)) return { definition: readShipped(distribution), aliases: shippedAliases() };
  if (!/\.ya?ml$/.test(distribution)) {
    throw new ConfigurationError(
      `there is no distribution ${JSON.stringify(distribution)}: expected ${shipped.join(', ')} or a file such as mine.yaml`,
    );
  }
  const rules = { definition: readDefinition(distribution, readText(distribution)), aliases: shippedAliases() };
  requireCanonicalNames(distribution, rules);
  return rules;
}

/** A name that is counted as another one would never be met: its systems would be missing without a word. */
function requireCanonicalNames(file: string, { definition, aliases }: Rules): void {
  const { headline, names, census } = definition;
  const lists = { headline, names, 'census: names': census.flatMap((rule) => rule.names ?? []) };
  for (const [list, listed] of Object.entries(lists)) {
    for (const name of listed) {
      const alias = aliases.entries.find(({ field, is }) => field === 'os' && is.includes(name));
      if (alias === undefined) continue;
      throw new ConfigurationError(
        `${file}: ${list}: ${JSON.stringify(name)} is counted as ${JSON.stringify(alias.means)}: write that name`,
      );
    }
  }
}

/** The first hours of a week may bring anything: the largest of so many weeks says what a vault counts. */
const WEEKS_LOOKED_AT = 5;

/**
 * The rules that the vault was published by, whatever it counts in a quiet week; of one that was not, those that count most
 * of its systems of late. Undefined if they are those of no distribution that ships.
 */
export function rulesForVault(vault: Vault): Rules | undefined {
  const [published, ...others] = vault.publishedDistributions();
  if (published !== undefined && others.length === 0 && shippedNames().includes(published)) return rulesOf(published);
  const recent = vault.weeks().slice(-WEEKS_LOOKED_AT);
  const largest = recent.sort((a, b) => b.hits - a.hits)[0];
  if (largest === undefined) return undefined;
  const aliases = shippedAliases();
  const cells = [...vault.cells(largest.week)];
  const definition = chooseDefinition(shippedDefinitions(), largest.week, cells, aliases);
  return definition && { definition, aliases };
}

/** A configuration file as text. Throws a ConfigurationError that says what to do. */
export function readText(path: string): string {
  try {
    return readRegularFile(path, MOST_TEXT_BYTES).toString('utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    const what = code === 'ENOTFILE' || code === 'EFBIG' ? `: ${(error as Error).message}` : ` (${code})`;
    throw new ConfigurationError(`${path} cannot be read${what}: check the path and the permissions`);
  }
}

export function shippedNames(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => file !== ALIASES)
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort();
}

export function shippedDefinitions(): Definition[] {
  return shippedNames().map(readShipped);
}

function readShipped(name: string): Definition {
  return readDefinition(`${name}.yaml`, readText(fileURLToPath(new URL(`${name}.yaml`, SHIPPED))));
}

export function shippedAliases(): Aliases {
  return readAliases(ALIASES, readText(fileURLToPath(new URL(ALIASES, SHIPPED))));
}
