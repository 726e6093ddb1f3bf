import { type CubeCell, Vault } from '../../src/flow/vault/vault.ts';

export function noRandomness(): never {
  throw new Error('nothing random is expected here');
}

/** Everything that a vault says about counts, in an order of its own: equal contents are equal texts. */
export function contentsOf(vault: Vault): string {
  return vault.snapshot(() => {
    const cells = vault
      .weeks()
      .map((summary) => ({ ...summary, cells: [...vault.cells(summary.week)].map(cellText).sort() }));
    const rejections = vault
      .rejections()
      .map(({ week, reason, count }) => `${week} ${reason} ${count}`)
      .sort();
    return JSON.stringify({ cells, rejections }, undefined, 1);
  });
}

function cellText({ system, request, country, hits }: CubeCell): string {
  return JSON.stringify([...Object.values(system), ...Object.values(request), country, hits]);
}

export function contentsOfFile(path: string): string {
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    return contentsOf(vault);
  } finally {
    vault.close();
  }
}

export function findingsIn(path: string): string[] {
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    return vault.verify();
  } finally {
    vault.close();
  }
}

/** The hits of a vault in all. */
export function hitsIn(path: string): number {
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    return vault.weeks().reduce((sum, { hits }) => sum + hits, 0);
  } finally {
    vault.close();
  }
}
