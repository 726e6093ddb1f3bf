import type { Cell } from '../../src/flow/views/protection/protected-table.ts';
import { FEDORA_DATABASE, rowsOf } from './fedora-2020.ts';

/** 2020-11-16. */
const WEEK = 2654;

/** os, version, edition, arch, age: the check-ins in the base repositories of one week of Fedora's. */
export function fedoraCells(): Cell[] {
  const cells = new Map<string, Cell>();
  for (const [hits, week, os, version, edition, arch, age, tag] of rowsOf(FEDORA_DATABASE)) {
    if (Number(week) !== WEEK || !/^fedora-\d+$/.test(String(tag))) continue;
    const dimensions = [os, version, edition, arch, age].map(String);
    const key = JSON.stringify(dimensions);
    const systems = (cells.get(key)?.systems ?? 0) + Number(hits);
    cells.set(key, { dimensions, systems, networks: undefined });
  }
  return [...cells.values()];
}
