import { sundayOf } from '../../sightings/week.ts';
import { accountColumn, PUBLISHED_ACCOUNTS, type PublishedAccount } from '../definition/accounts.ts';
import type { Publication, PublishedWeek } from '../publication/tables.ts';
import {
  COVERAGE,
  type Field,
  METHOD_FIELD,
  QUALITY,
  REVISION,
  type Table,
  tableOf,
  WEEK_NUMBER,
  WEEK_START,
} from './table.ts';

type CountName =
  | 'systems'
  | 'low'
  | 'high'
  | 'established'
  | 'newOrShortLived'
  | 'ageUnknown'
  | 'ageImplausible'
  | 'crossRelease'
  | 'excluded';

/** One row for each week from the first to the last, also for those without numbers. */
export function weeksTable({ weeks }: Publication): Table {
  const about = { name: 'weeks', title: 'The weeks and their quality', key: ['week_start'] };
  return tableOf(about, FIELDS, weeks);
}

function count(name: string, property: CountName, description: string): Field<PublishedWeek> {
  return { name, type: 'integer', isOptional: true, minimum: 0, description, of: (week) => week[property] };
}

const ACCOUNT_DESCRIPTIONS: Record<PublishedAccount, string> = {
  census: 'Of all check-ins, those that count a system of any name.',
  crosscheck: 'Of all check-ins, those in repositories that the census is compared with.',
  epel: 'Of all check-ins, those for EPEL.',
  optional: 'Of all check-ins, those for other known repositories.',
  'cross-release': 'Of all check-ins, those for a release or distribution other than their own.',
  unexpanded: 'Of all check-ins, those for a repository with a variable that the client did not know.',
  unknown: 'Of all check-ins, those for a repository that no definition knows.',
  'no-system': 'Of all check-ins, those that do not say what they run.',
  hidden: 'Of all check-ins, those in groups too small to tell what they stand for, or of names that no list has.',
};

const FIELDS: readonly Field<PublishedWeek>[] = [
  WEEK_START,
  {
    name: 'week_end',
    type: 'date',
    description: 'The Sunday of the week.',
    of: ({ week }) => sundayOf(week),
  },
  WEEK_NUMBER,
  count('systems', 'systems', 'Systems of the distribution. Empty: no number this week, which is not 0.'),
  count('low', 'low', 'Repositories disagree by: the least of those that every system has. No bound of the truth.'),
  count('high', 'high', 'Repositories disagree by: the most of those that every system has. No bound of the truth.'),
  count(
    'established',
    'established',
    'Of systems, those of ages 2 to 4: two weeks and more, one where rpm-ostree counts.',
  ),
  count(
    'new_or_shortlived',
    'newOrShortLived',
    'Of systems, those of age 1, such as containers: under two weeks old, in the first where rpm-ostree counts.',
  ),
  count('age_unknown', 'ageUnknown', 'Of systems, those in groups too small to show their age.'),
  count('age_implausible', 'ageImplausible', 'Of established, those in groups whose ages cannot be believed.'),
  count('cross_release', 'crossRelease', 'Check-ins for a release other than their own; not in systems.'),
  { ...COVERAGE, of: ({ coverage }) => coverage },
  { name: 'grade', ...QUALITY, of: ({ grade }) => grade },
  {
    name: 'ua_unknown_share',
    type: 'number',
    isOptional: true,
    minimum: 0,
    maximum: 1,
    description: 'Share of check-ins that did not say what they run.',
    of: ({ uaUnknownShare }) => uaUnknownShare,
  },
  count('excluded', 'excluded', 'Requests with a countme flag that were not counted, rounded.'),
  {
    name: 'status',
    type: 'string',
    values: ['published', 'held', 'missing', 'excluded', 'withheld'],
    description:
      'held: implausible and not yet confirmed; missing: no check-ins at all; excluded: by the operator; withheld: too few systems for a number, see fewer_than.',
    of: ({ status }) => status,
  },
  {
    name: 'held',
    type: 'boolean',
    description: 'Whether the week waits for confirmation.',
    of: ({ status }) => status === 'held',
  },
  { ...REVISION, of: ({ revision }) => revision },
  {
    name: 'note',
    type: 'string',
    isOptional: true,
    description: 'What a reader should know about the week.',
    // An empty field reads back as nothing, so nothing is what it says everywhere.
    of: ({ note }) => (note === '' ? null : note),
  },
  METHOD_FIELD,
  // Behind all that were there before: some read the columns by their place.
  ...PUBLISHED_ACCOUNTS.map(
    (account): Field<PublishedWeek> => ({
      name: accountColumn(account),
      type: 'integer',
      isOptional: true,
      minimum: 0,
      description: ACCOUNT_DESCRIPTIONS[account],
      of: ({ accounts }) => accounts?.[account] ?? null,
    }),
  ),
  {
    name: 'fewer_than',
    type: 'integer',
    isOptional: true,
    minimum: 0,
    description: 'Where systems is empty because fewer than so many checked in. That is not 0.',
    of: ({ fewerThan }) => fewerThan,
  },
  {
    name: 'within',
    type: 'integer',
    isOptional: true,
    minimum: 1,
    description:
      'Numbers in margins.csv are less than this away from the truth; 1: they are not rounded. Empty: not known, as of weeks of the first method.',
    of: ({ within }) => within,
  },
];
