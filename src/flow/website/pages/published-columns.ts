import { countriesTable, epelTable, exclusionsTable, systemsTable } from '../../views/files/base-tables.ts';
import type { Column, Table } from '../../views/files/table.ts';
import { weeksTable } from '../../views/files/weeks-table.ts';
import type { Tables } from '../figures/tables.ts';

export interface PublishedColumn extends Column {
  /** From the newest row that has one; empty if there is none. */
  example: string;
}

/** Of all CSV files, each name once, as the files themselves describe them. */
export function publishedColumns({ publication, shown }: Tables): PublishedColumn[] {
  // The newest week is enough for examples, and the files have hundreds of thousands of rows.
  const isShown = ({ week }: { week: number }) => week === shown?.week;
  const { weeks, systems, countries, epel, exclusions } = publication;
  const newest = {
    ...publication,
    weeks: weeks.filter(isShown),
    systems: systems.filter(isShown).toSorted((a, b) => b.systems - a.systems),
    countries: countries.filter(isShown),
    epel: epel.filter(isShown),
    exclusions: exclusions.filter(isShown),
  };
  const tables = [
    systemsTable(newest),
    weeksTable(newest),
    countriesTable(newest),
    epelTable(newest),
    exclusionsTable(newest),
  ];
  const columns = tables.flatMap((table) =>
    table.columns.map((column, n) => ({ ...column, example: exampleOf(table, n) })),
  );
  return [...Map.groupBy(columns, ({ name }) => name).values()].map(([first]) => first!);
}

function exampleOf({ rows }: Table, column: number): string {
  const cell = rows.find((row) => row[column] !== null)?.[column];
  return cell === undefined || cell === null ? '' : String(cell);
}
