import { isWithheld, type MarginRow } from '../../views/publication/tables.ts';
import type { Figure } from './figure.ts';
import { type Column, type CountedWeek, countSystems, type Filter, systemsFormula, type Tables } from './tables.ts';

/** The headline's systems by one of their fields, in every week. */
export interface Breakdown {
  column: Column;
  /** Most systems in the shown week first; those without a number there after them, by their newest number. */
  groups: readonly Group[];
}

export interface Group {
  name: string;
  /** The values of the column that belong to it. */
  members: readonly string[];
  /** One for each week; null where there is no row: not released yet, gone, or too small to show. */
  values: readonly (number | null)[];
}

export type Naming = (value: string) => string;

export function breakDown(tables: Tables, column: Column, nameOf: Naming = (value) => value): Breakdown {
  const { weeks } = tables.publication;
  const members = new Map<string, Set<string>>();
  const sums = weeks.map(({ week }) => sumByName(tables.margins.get(week) ?? [], column, nameOf, members));
  const groups = [...members].map(
    ([name, values]): Group => ({
      name,
      members: [...values].sort(),
      values: sums.map((sum) => sum.get(name) ?? null),
    }),
  );
  const shown = weeks.findIndex(({ week }) => week === tables.shown?.week);
  return { column, groups: groups.sort((a, b) => compareGroups(a, b, shown)) };
}

function sumByName(rows: readonly MarginRow[], column: Column, nameOf: Naming, members: Map<string, Set<string>>) {
  const sums = new Map<string, number>();
  for (const { field, value, systems } of rows) {
    if (field !== column) continue;
    const name = nameOf(value);
    sums.set(name, (sums.get(name) ?? 0) + systems);
    const known = members.get(name);
    if (known === undefined) members.set(name, new Set([value]));
    else known.add(value);
  }
  return sums;
}

function compareGroups(a: Group, b: Group, shown: number): number {
  const newest = (group: Group) => group.values.findLast((value) => value !== null) ?? 0;
  const now = (b.values[shown] ?? -1) - (a.values[shown] ?? -1);
  return now || newest(b) - newest(a) || (a.name < b.name ? -1 : 1);
}

/** The groups of one week alone: looking at all weeks for each of its pages would take the square of their number. */
export function groupsOfWeek(tables: Tables, week: CountedWeek, column: Column): { name: string; figure: Figure }[] {
  const rows = (tables.margins.get(week.week) ?? []).filter(({ field }) => field === column);
  return rows.map(({ value: name }) => ({
    name,
    figure: groupFigure(tables, week, column, { name, members: [name], values: [] }),
  }));
}

/** Keeps the groups that `isKept` names and adds up the others, null only where all of them are. */
export function foldOthers(groups: readonly Group[], isKept: (group: Group) => boolean, name: string): Group[] {
  const kept = groups.filter(isKept);
  const others = groups.filter((group) => !isKept(group));
  if (others.length === 0) return kept;
  const values = others[0]!.values.map((_value, week) => {
    const known = others.map((group) => group.values[week] ?? null).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });
  return [...kept, { name, members: others.flatMap(({ members }) => members).sort(), values }];
}

/** The group's systems in a week. 0 where it has no row. */
export function groupFigure(tables: Tables, week: CountedWeek, column: Column, group: Group): Figure {
  return countSystems(tables, week, groupFilter(column, group));
}

/** For a column of a table with one row for each week. */
export function groupFormula(tables: Tables, column: Column, group: Group): string {
  return systemsFormula(tables, '*', groupFilter(column, group));
}

export function groupFilter(column: Column, group: Group): Filter {
  return {
    [column]: column === 'age' ? group.members.map((age) => (isWithheld(age) ? age : Number(age))) : group.members,
  };
}
