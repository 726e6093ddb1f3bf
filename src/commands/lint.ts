import { join, resolve } from 'node:path';
import { describeFinding, type Finding } from '../mirrors/catalogue/finding.ts';
import { lintMirrors } from '../mirrors/catalogue/lint.ts';
import { loadWithOrigins } from '../mirrors/catalogue/load.ts';
import type { ExitCode } from './exit-code.ts';
import { filesAt } from './mirrors-place.ts';
import { plural, type Terminal } from './terminal.ts';

export interface LintOptions {
  json?: boolean;
  /** Warnings count as errors. */
  strict?: boolean;
  /** Only what is found in these files is told: those that a pull request changes. */
  only?: readonly string[];
}

/** `rollcall lint`: reads a mirrors folder as `rollcall serve` does, and says all that a reviewer should know. */
export function lint(place: string, options: LintOptions, terminal: Terminal): ExitCode {
  const files = filesAt(place);
  const loaded = loadWithOrigins({ files });
  const told = (findings: readonly Finding[]) => sorted(asked(findings, files.folder, options.only));
  const errors = told(loaded.errors);
  const warnings = told([...loaded.warnings, ...lintMirrors(loaded)]);
  const mirrors = loaded.catalogue?.mirrors.length ?? 0;
  if (options.json === true) terminal.out.write(`${JSON.stringify({ mirrors, errors, warnings }, undefined, 2)}\n`);
  else {
    const lines = [...errors.map((finding) => line('error', finding)), ...warnings.map((one) => line('warning', one))];
    terminal.out.write([...lines, summary(place, mirrors, errors.length, warnings.length)].join('\n'));
  }
  return errors.length > 0 || (options.strict === true && warnings.length > 0) ? 1 : 0;
}

/** Files are named from where the command runs, so that editors and CI find them; asked for, from the folder as well. */
function asked(findings: readonly Finding[], folder: string, only: readonly string[] | undefined): Finding[] {
  const wanted = only && new Set(only.flatMap((name) => [resolve(name), resolve(folder, name)]));
  const here = findings.map((finding) => ({ ...finding, file: join(folder, finding.file) }));
  return wanted === undefined ? here : here.filter(({ file }) => wanted.has(resolve(file)));
}

function sorted(findings: readonly Finding[]): Finding[] {
  const key = ({ file, line }: Finding) => `${file}\0${String(line).padStart(9, '0')}`;
  return [...findings].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.column - b.column));
}

function line(kind: 'error' | 'warning', finding: Finding): string {
  return `${kind}: ${describeFinding(finding)}`;
}

function summary(place: string, mirrors: number, errors: number, warnings: number): string {
  const found = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  return `${place}: ${plural(mirrors, 'mirror')} can be served; ${found}.\n`;
}
