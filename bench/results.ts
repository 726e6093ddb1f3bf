import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** One measured figure beside its goal, and beside a peer's where there is one. */
export interface Row {
  what: string;
  ours: string;
  peer: string;
  theirs: string;
  figure: number;
  target: number;
  /** How the figure reads: `x`, `MB`, ... */
  unit: string;
}

export interface Bench {
  /** Of the file in bench/results. */
  name: string;
  /** What was measured, and how. */
  text: string;
  rows: readonly Row[];
  peers: string;
}

/** Writes bench/results/NAME.md and shows the table. False if a goal was missed. */
export function writeResults({ name, text, rows, peers }: Bench): boolean {
  const result = table(rows);
  process.stdout.write(`\n${result}`);
  const machine = `${availableParallelism()} cores (${cpus()[0]!.model}), Node ${process.version}`;
  const made = `Written by \`npm run bench -- ${name}\`.`;
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(
    `bench/results/${name}.md`,
    `# Bench: ${name}\n\n${made} ${text}\n\n${result}\n${[machine, peers].filter(Boolean).join('; ')}\n`,
  );
  return rows.every((row) => row.figure <= row.target);
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const figure = row.unit === 'x' ? row.figure.toFixed(2) : '';
    const met = row.figure <= row.target ? 'yes' : 'NO';
    return `| ${row.what} | ${row.ours} | ${row.peer} | ${row.theirs} | ${figure} | ${row.target} ${row.unit} | ${met} |`;
  });
  return [
    '| what | Rollcall | peer | its time | ratio | at most | met |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
