import { randomBytes } from 'node:crypto';
import { mondayOf } from '../flow/sightings/week.ts';
import { Vault } from '../flow/vault/vault.ts';
import { loadSolver } from '../flow/views/protection/solver.ts';
import { auditContents, type WeekFindings } from '../flow/views/publication/audit-published.ts';
import { publishedContents } from '../flow/views/publication/from-vault.ts';
import { rulesForVault, rulesOf } from './distribution.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { formatCount, plural, printable, type Terminal } from './terminal.ts';

export interface AuditOptions {
  vault: string;
  distribution?: string;
  json?: boolean;
}

/** `rollcall audit`: what an outsider could work out from everything published so far, revisions too. */
export async function audit(options: AuditOptions, terminal: Terminal): Promise<ExitCode> {
  const solver = await loadSolver();
  const vault = Vault.open(options.vault, 'read', randomBytes);
  try {
    const rules = options.distribution === undefined ? rulesForVault(vault) : rulesOf(options.distribution);
    if (rules === undefined) throw new UsageError('name what was published with --distribution');
    const contents = vault.snapshot(() => publishedContents(vault, rules.definition.id));
    const findings = auditContents(contents, rules.definition.headline, solver);
    const revisions = [...contents.values()].reduce((sum, list) => sum + list.length, 0);
    terminal.out.write(options.json === true ? json(findings) : describe(findings, contents.size, revisions));
    return findings.some(({ recoverable }) => recoverable.length > 0) ? 1 : 0;
  } finally {
    vault.close();
  }
}

function json(findings: readonly WeekFindings[]): string {
  const weeks = findings.map(({ week, hidden, recoverable }) => ({ week: mondayOf(week), hidden, recoverable }));
  return `${JSON.stringify(weeks, null, 2)}\n`;
}

/** Of characters: names are up to 255 bytes each. */
const LONGEST_ID = 300;

/** Private: names the groups. */
export function describeLeak({ week, recoverable }: WeekFindings): string {
  return [
    `Week of ${mondayOf(week)}: ${plural(recoverable.length, 'group')} can be worked out:`,
    ...recoverable.map(
      ({ subject, id, least, most }) => `  ${subject} ${printable(id, LONGEST_ID)}: ${least} to ${most}`,
    ),
  ].join('\n');
}

function describe(findings: readonly WeekFindings[], weeks: number, revisions: number): string {
  if (weeks === 0) return 'Nothing has been published from this vault yet.\n';
  const hidden = findings.reduce((sum, finding) => sum + finding.hidden, 0);
  const leaks = findings.filter(({ recoverable }) => recoverable.length > 0);
  return [
    `${plural(weeks, 'week')} in ${plural(revisions, 'revision')} were published; ${formatCount(hidden)} small groups have no row of their own.`,
    ...leaks.map(describeLeak),
    leaks.length === 0
      ? 'None of them can be worked out: bounds by linear programming on all published numbers leave each of them open.'
      : 'These names are private. Publish with a greater k, and correct what is out there.',
    '',
  ].join('\n');
}
