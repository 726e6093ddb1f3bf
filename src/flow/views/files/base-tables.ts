import type { Week } from '../../sightings/week.ts';
import type { CountryRow, EpelRow, ExclusionRow, MarginRow, Publication, SystemsRow } from '../publication/tables.ts';
import { MARGINS } from '../publication/week-content.ts';
import { type Field, methodFieldOf, qualityFields, type Table, tableOf, WEEK_NUMBER, WEEK_START } from './table.ts';

const AGES = ['1', '2', '3', '4', 'withheld'];

interface Group {
  os: string;
  version: string;
  arch: string;
  age: SystemsRow['age'];
}

const OS: Field<Group> = {
  name: 'os',
  type: 'string',
  description: 'Name of the operating system, spelled one way; `withheld`: not shown, to protect small groups.',
  of: ({ os }) => os,
};
const VERSION: Field<Group> = {
  name: 'version',
  type: 'string',
  description: 'Version of the operating system; `withheld`: not shown, to protect small groups.',
  of: ({ version }) => version,
};
const ARCH: Field<Group> = {
  name: 'arch',
  type: 'string',
  description: 'Processor architecture; `withheld`: not shown, to protect small groups.',
  of: ({ arch }) => arch,
};
const AGE: Field<Group> = {
  name: 'age',
  type: 'string',
  values: AGES,
  description:
    'libdnf: 1: under 2 weeks, 2: 2 to 4 weeks, 3: 5 to 24 weeks, 4: 25 weeks and more; other clients: 1: the first week, 2: 1 to 3 weeks, 3: 4 to 23 weeks, 4: 24 weeks and more; `withheld`: not shown.',
  of: ({ age }) => String(age),
};
const SYSTEMS: Field<{ systems: number }> = {
  name: 'systems',
  type: 'integer',
  minimum: 0,
  description: 'Systems that checked in during the week.',
  of: ({ systems }) => systems,
};

/** The groups of a week share no system: any sum of rows is a number of systems. */
export function systemsTable({ weeks, systems }: Publication): Table {
  const fields: Field<SystemsRow>[] = [
    WEEK_START,
    WEEK_NUMBER,
    OS,
    VERSION,
    {
      name: 'edition',
      type: 'string',
      description: 'Edition or variant; `generic`: not stated; `withheld`: not shown, to protect small groups.',
      of: ({ edition }) => edition,
    },
    ARCH,
    { name: 'client', type: 'string', description: 'The program that checked in.', of: ({ client }) => client },
    AGE,
    SYSTEMS,
    ...qualityFields(weeks),
  ];
  const key = ['week_start', 'os', 'version', 'edition', 'arch', 'client', 'age'];
  return tableOf({ name: 'systems', title: 'Systems by week and group', key }, fields, inOrder(systems));
}

/** The rows of one field are all systems of the week: each number is within less than 10 (k) of the truth. */
export function marginsTable({ weeks, margins }: Publication): Table {
  const fields: Field<MarginRow>[] = [
    WEEK_START,
    WEEK_NUMBER,
    {
      name: 'field',
      type: 'string',
      values: MARGINS,
      description: 'The column of `systems` by which the systems of the headline are counted.',
      of: ({ field }) => field,
    },
    {
      name: 'value',
      type: 'string',
      description: 'Its value; `withheld`: those of too few systems, or in no list; `9.withheld`: such minor versions.',
      of: ({ value }) => value,
    },
    SYSTEMS,
    ...qualityFields(weeks),
  ];
  const key = ['week_start', 'field', 'value'];
  return tableOf({ name: 'margins', title: 'Systems by week and one field', key }, fields, inOrder(margins));
}

export function countriesTable({ weeks, countries }: Publication): Table {
  const fields: Field<CountryRow>[] = [
    WEEK_START,
    WEEK_NUMBER,
    {
      name: 'country',
      type: 'string',
      pattern: '^([A-Z]{2}|[0-9]{3}|other|withheld)$',
      description: 'ISO 3166-1 alpha-2; `ZZ`: unknown; a UN M49 code such as `002`: small countries of that continent.',
      of: ({ country }) => country,
    },
    {
      name: 'duration',
      type: 'string',
      values: ['established', 'new_or_shortlived', 'withheld'],
      description: 'established: ages 2 to 4; new_or_shortlived: age 1; `withheld`: not shown.',
      of: ({ duration }) => duration,
    },
    SYSTEMS,
    ...qualityFields(weeks),
  ];
  const about = {
    name: 'countries',
    title: 'Systems by week and country',
    key: ['week_start', 'country', 'duration'],
  };
  return tableOf(about, fields, inOrder(countries));
}

export function epelTable({ weeks, epel }: Publication): Table {
  const fields: Field<EpelRow>[] = [
    WEEK_START,
    WEEK_NUMBER,
    {
      name: 'release',
      type: 'string',
      description: 'Major version of the repository.',
      of: ({ release }) => release,
    },
    OS,
    VERSION,
    ARCH,
    AGE,
    SYSTEMS,
    ...qualityFields(weeks),
  ];
  const key = ['week_start', 'release', 'os', 'version', 'arch', 'age'];
  return tableOf({ name: 'epel', title: 'Systems that use EPEL, by week and group', key }, fields, inOrder(epel));
}

export function exclusionsTable({ weeks, exclusions }: Publication): Table {
  const fields: Field<ExclusionRow>[] = [
    WEEK_START,
    WEEK_NUMBER,
    { name: 'reason', type: 'string', description: 'Why requests were not counted.', of: ({ reason }) => reason },
    {
      name: 'requests',
      type: 'integer',
      minimum: 0,
      description: 'Requests with a countme flag that were not counted, rounded.',
      of: ({ requests }) => requests,
    },
    methodFieldOf(weeks),
  ];
  const about = { name: 'exclusions', title: 'Requests that were not counted', key: ['week_start', 'reason'] };
  return tableOf(about, fields, inOrder(exclusions));
}

/** Whoever has fetched the file once asks for its tail next week: a new week must not move the rows before it. */
function inOrder<Row extends { week: Week }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => a.week - b.week);
}
