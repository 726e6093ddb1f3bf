import type { OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { type ApiTables, BREAKDOWNS } from './api.ts';
import { jsonFile } from './json-file.ts';
import type { Column } from './table.ts';

type Schema = Record<string, unknown>;

/** `api/v1/openapi.json` (OpenAPI 3.1): the schemas are made from the columns, so they cannot fall behind. */
export function openApiFile(publication: Publication, tables: ApiTables): OutputFile {
  const { name, id, licence, siteUrl } = publication.distribution;
  return jsonFile('api/v1/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: `${name} systems`,
      version: publication.method,
      summary: `How many systems run ${name}, week by week.`,
      description:
        'Static JSON documents: no key, no limits; please keep what you fetch for an hour. `null` means that nothing is ' +
        'known or that a group is too small to show, never 0. Errors of the server are problem documents (RFC 7807).',
      license: { name: licence, identifier: licence },
    },
    servers: [{ url: siteUrl === '' ? '../../' : `${siteUrl}/`, description: `The site of ${id}` }],
    paths: pathsOf(tables),
    components: { schemas: schemasOf(tables), responses: { Problem: PROBLEM } },
  });
}

function pathsOf({ weeks }: ApiTables): Schema {
  const week = { type: 'string', pattern: '^[0-9]{4}-W[0-9]{2}$', description: 'ISO 8601 week, such as 2026-W34.' };
  const breakdown = { type: 'string', enum: BREAKDOWNS };
  return {
    '/api/v1/latest.json': get('The newest week that can be trusted, and the newest at all.', 'Latest'),
    '/api/v1/weeks.json': get(weeks.title, 'Weeks'),
    '/api/v1/series/{breakdown}.json': get('Systems by week and name.', 'Series', { breakdown }),
    '/api/v1/breakdown/{week}.json': get('All published rows of one week.', 'Breakdown', { week }),
    '/api/v1/annotations.json': get('Releases, outages and other events.', 'Annotations'),
  };
}

function get(summary: string, schema: string, parameters: Record<string, Schema> = {}): Schema {
  return {
    get: {
      summary,
      operationId: `get${schema}`,
      parameters: Object.entries(parameters).map(([name, own]) => ({ name, in: 'path', required: true, schema: own })),
      responses: {
        '200': { description: summary, content: { 'application/json': { schema: reference(schema) } } },
        default: { $ref: '#/components/responses/Problem' },
      },
    },
  };
}

function schemasOf({ weeks, systems, margins, countries, exclusions }: ApiTables): Schema {
  const rows = (table: ApiTables['systems']) => listOf(partOf(table.columns));
  const count = { type: ['integer', 'null'], minimum: 0 };
  return {
    Week: objectOf({ week: TEXT, ...propertiesOf(weeks.columns) }),
    Weeks: documentOf({ weeks: listOf(reference('Week')) }),
    Latest: documentOf({
      name: TEXT,
      updated: TIME,
      next_update: TIME,
      stale: { type: 'boolean' },
      week: { oneOf: [reference('Week'), { type: 'null' }] },
      newest_week: { oneOf: [reference('Week'), { type: 'null' }] },
      licence: TEXT,
      manifest: objectOf({
        number: { type: 'integer', minimum: 1, description: 'Counts the publications.' },
        sha256: {
          type: 'string',
          description: 'SHA-256 of manifest.json: remember it, to notice if it is taken back.',
        },
      }),
    }),
    Series: documentOf({
      breakdown: { type: 'string', enum: BREAKDOWNS },
      weeks: listOf(DAY),
      series: listOf(objectOf({ name: TEXT, systems: { ...listOf(count), description: 'As many as weeks.' } })),
    }),
    Breakdown: documentOf({
      week: reference('Week'),
      systems: rows(systems),
      margins: rows(margins),
      countries: rows(countries),
      exclusions: rows(exclusions),
    }),
    Annotations: documentOf({
      annotations: listOf(objectOf({ date: DAY, kind: TEXT, of: TEXT, text: TEXT, url: { type: ['string', 'null'] } })),
    }),
  };
}

const TEXT: Schema = { type: 'string' };
const DAY: Schema = { type: 'string', format: 'date' };
const TIME: Schema = { type: 'string', format: 'date-time' };
const PROBLEM: Schema = {
  description: 'A problem document (RFC 7807).',
  content: {
    'application/problem+json': {
      schema: objectOf({ type: TEXT, title: TEXT, status: { type: 'integer' }, detail: TEXT }),
    },
  },
};

function documentOf(properties: Schema): Schema {
  return objectOf({ method: TEXT, distribution: TEXT, unit: { const: 'systems' }, ...properties });
}

function objectOf(properties: Schema): Schema {
  return { type: 'object', required: Object.keys(properties), properties };
}

function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

function partOf(columns: readonly Column[]): Schema {
  return objectOf(propertiesOf(columns));
}

function propertiesOf(columns: readonly Column[]): Schema {
  return Object.fromEntries(columns.map((column) => [column.name, propertyOf(column)]));
}

function propertyOf({ type, description, isOptional, minimum, maximum, pattern, values }: Column): Schema {
  const json = type === 'date' ? 'string' : type;
  return {
    type: isOptional ? [json, 'null'] : json,
    format: type === 'date' ? 'date' : undefined,
    description,
    minimum,
    maximum,
    pattern,
    enum: values === undefined ? undefined : [...values, ...(isOptional ? [null] : [])],
  };
}
