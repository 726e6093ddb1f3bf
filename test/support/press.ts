import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type AuditOptions, audit } from '../../src/commands/audit.ts';
import { rulesOf } from '../../src/commands/distribution.ts';
import type { ExitCode } from '../../src/commands/exit-code.ts';
import { ingest } from '../../src/commands/ingest.ts';
import { type PublishOptions, publish } from '../../src/commands/publish.ts';
import type { renderPublication } from '../../src/commands/render-publication.ts';
import { verifyPublication } from '../../src/commands/verify-published.ts';
import { type EpochSeconds, mondayOf, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import type { GradedAnnotation } from '../../src/flow/views/definition/annotations.ts';
import { loadSolver } from '../../src/flow/views/protection/solver.ts';
import { type Prepared, preparePublication } from '../../src/flow/views/publication/prepare.ts';
import { allTotals, totalsByWeek } from '../../src/flow/views/publication/tables.ts';
import type { Rules } from '../../src/flow/views/survey.ts';
import { loadTerritories } from '../../src/geo/territories.ts';
import { capture, clockAt } from './in-process.ts';
import { fingerprint } from './publishing.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { noRandomness } from './vault-contents.ts';

export interface Run {
  code: ExitCode;
  out: string;
  err: string;
}

interface Deciding {
  rules?: Rules;
  annotations?: readonly GradedAnnotation[];
}

const solver = loadSolver();
const TERRITORIES = loadTerritories().territories;

/** The first moment at which a week may be published: 26 hours after its end. */
export function dueAt(week: Week): EpochSeconds {
  return (weekStart((week + 1) as Week) + 26 * 3600) as EpochSeconds;
}

/** A vault and what is published of it, gone when its owner is over. */
export class Press {
  readonly folder: string;
  readonly vault: string;
  readonly out: string;
  #logs = 0;

  constructor(owner?: { after(cleanUp: () => void): void }, place?: string) {
    this.folder = temporaryFolder(owner, place);
    this.vault = join(this.folder, 'vault.sqlite');
    this.out = join(this.folder, 'site');
  }

  /** Another one in which all has been done that was done in this one. */
  copy(owner: { after(cleanUp: () => void): void }): Press {
    const copy = new Press(owner);
    cpSync(this.folder, copy.folder, { recursive: true, verbatimSymlinks: true });
    copy.#logs = this.#logs;
    return copy;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Counts a log of one source; answers what is said of it. */
  async count(text: string, now: EpochSeconds, source = 'mirror1'): Promise<string> {
    const log = this.write(`${++this.#logs}.log`, text);
    const terminal = capture();
    const code = await ingest([log], { vault: this.vault, source, workers: 1 }, terminal, clockAt(now));
    assert.equal(code, 0, terminal.outText() + terminal.errText());
    return terminal.outText();
  }

  async publish(now: EpochSeconds, options: Partial<PublishOptions> = {}): Promise<Run> {
    const terminal = capture();
    const code = await publish({ vault: this.vault, out: this.out, ...options }, terminal, now);
    return { code, out: terminal.outText(), err: terminal.errText() };
  }

  /** Decides and records as `publish` does, and writes no files. */
  async decide(
    now: EpochSeconds,
    { rules = rulesOf('almalinux'), annotations = [] }: Deciding = {},
  ): Promise<Prepared> {
    const vault = Vault.open(this.vault, 'read', noRandomness);
    try {
      const continentOf = (country: string) => TERRITORIES[country]?.continent ?? country;
      const prepared = preparePublication(vault, rules, annotations, continentOf, await solver, now);
      const { publication, added, views } = prepared;
      // Read before the vault is closed.
      const totals = totalsByWeek(allTotals(publication.totals));
      if (prepared.leaks.length === 0) vault.recordPublication(rules.definition.id, added, undefined, [], views);
      return { ...prepared, publication: { ...publication, totals } };
    } finally {
      vault.close();
    }
  }

  /** Works on the vault itself. */
  inVault<Result>(work: (vault: Vault) => Result): Result {
    const vault = Vault.open(this.vault, 'read', noRandomness);
    try {
      return work(vault);
    } finally {
      vault.close();
    }
  }

  /** Of published folders, or of all that the vault has published. */
  async audit(published: readonly string[] = [], options: Partial<AuditOptions> = {}): Promise<Run> {
    const terminal = capture();
    const vault = published.length === 0 ? { vault: this.vault } : {};
    const code = await audit(published, { ...vault, ...options }, terminal);
    return { code, out: terminal.outText(), err: terminal.errText() };
  }

  /** `verify --published` must find nothing. */
  async assertAsPublished(out = this.out, render?: typeof renderPublication): Promise<void> {
    const terminal = capture();
    const code = await verifyPublication({ published: out }, terminal, render);
    assert.equal(code, 0, terminal.errText());
  }

  read(path: string, out = this.out): Buffer {
    return readFileSync(join(out, path));
  }

  files(out = this.out): Map<string, Buffer> {
    const paths = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return new Map(paths.map((path) => [path.slice(out.length + 1), readFileSync(path)]));
  }

  fingerprint(out = this.out): string {
    return fingerprint(this.files(out));
  }

  /** The rows of `data/NAME.csv`, by its columns. */
  table(name: string, out = this.out): Record<string, string>[] {
    return parse(this.read(`data/${name}.csv`, out), { columns: true, bom: true });
  }

  /** The row of `weeks.csv`. */
  week(week: Week, out = this.out): Record<string, string> {
    const found = this.table('weeks', out).find((row) => row['week_start'] === mondayOf(week));
    assert.ok(found !== undefined, `weeks.csv has no row of ${mondayOf(week)}`);
    return found;
  }

  corrections(): Record<string, unknown>[] {
    const text = this.read('data/corrections.json').toString();
    return (JSON.parse(text) as { corrections: Record<string, unknown>[] }).corrections;
  }
}

export function sumOf(rows: readonly Record<string, string>[], column: string): number {
  return rows.reduce((sum, row) => sum + Number(row[column]), 0);
}
