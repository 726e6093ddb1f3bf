import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GeoPath, geoEqualEarth, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { Territories, Territory } from '../src/geo/territories.ts';

const require = createRequire(import.meta.url);
const target = fileURLToPath(new URL('../dist/territories.json', import.meta.url));

const WIDTH = 960;
/** The sphere is 467 high; what is cut off at the bottom is Antarctica, which would be an eighth of the picture. */
const HEIGHT = 415;
const CONTINENTS = ['002', '009', '019', '142', '150'];
/** The only country of the outline that has a code but no number there. */
const WITHOUT_NUMBER: Record<string, string> = { Kosovo: 'XK' };

type Topology = Parameters<typeof feature>[0];
type Outline = GeoJSON.Feature<GeoJSON.Geometry, { name: string }>;

interface Cldr<Name extends string, Entry> {
  supplemental: Record<Name, Record<string, Entry | undefined>>;
}

function cldr<Name extends string, Entry>(name: Name): Cldr<Name, Entry>['supplemental'] {
  return (require(`cldr-core/supplemental/${name}.json`) as Cldr<Name, Entry>).supplemental;
}

const { territoryInfo } = cldr<'territoryInfo', { _population: string }>('territoryInfo');
const { territoryContainment } = cldr<'territoryContainment', { _contains: string[] }>('territoryContainment');
const { codeMappings } = cldr<'codeMappings', { _numeric?: string }>('codeMappings');
const { version } = require('cldr-core/package.json') as { version: string };

function countriesIn(region: string): string[] {
  const parts = territoryContainment[region]?._contains;
  return parts === undefined ? [region] : parts.flatMap(countriesIn);
}

function outlines(file: string): Outline[] {
  const topology = JSON.parse(readFileSync(require.resolve(`world-atlas/${file}`), 'utf8')) as Topology;
  return (feature(topology, topology.objects['countries']!) as GeoJSON.FeatureCollection<GeoJSON.Geometry>)
    .features as Outline[];
}

const countries = CONTINENTS.flatMap((continent) =>
  countriesIn(continent)
    .filter((code) => codeMappings[code]?._numeric !== undefined)
    .map((code) => ({ code, continent, numeric: codeMappings[code]!._numeric! })),
).sort((a, b) => (a.code < b.code ? -1 : 1));
const codeOfNumber = new Map(countries.map(({ numeric, code }) => [numeric, code]));

function codeOf({ id, properties }: Outline): string | undefined {
  return id === undefined ? WITHOUT_NUMBER[properties.name] : codeOfNumber.get(String(id));
}

function byCode(features: readonly Outline[]): Map<string | undefined, Outline> {
  // The first of a code is the country; later ones are its islands and bases.
  return new Map([...features].reverse().map((outline) => [codeOf(outline), outline]));
}

const coarse = outlines('countries-110m.json');
const coarseByCode = byCode(coarse);
const fineByCode = byCode(outlines('countries-50m.json'));
const projection = geoEqualEarth()
  .fitWidth(WIDTH, { type: 'Sphere' })
  .clipExtent([
    [0, 0],
    [WIDTH, HEIGHT],
  ]);
const path: GeoPath = geoPath(projection).digits(1);

function shapeOf(code: string): Pick<Territory, 'path' | 'place'> {
  const outline = coarseByCode.get(code);
  if (outline !== undefined) return { path: path(outline) ?? '', place: undefined };
  const small = fineByCode.get(code);
  const [x, y] = small === undefined ? [Number.NaN, Number.NaN] : path.centroid(small);
  return { path: '', place: Number.isFinite(x) && y < HEIGHT ? [Math.round(x), Math.round(y)] : undefined };
}

const territories = countries.map(({ code, continent, numeric }): [string, Territory] => [
  code,
  { numeric, continent, population: Number(territoryInfo[code]?._population ?? 0), ...shapeOf(code) },
]);
const unassigned = coarse.filter((outline) => codeOf(outline) === undefined).map((outline) => path(outline) ?? '');
const file: Territories = {
  source: `Unicode CLDR ${version}`,
  width: WIDTH,
  height: HEIGHT,
  sphere: path({ type: 'Sphere' })!,
  unassigned: unassigned.join(''),
  territories: Object.fromEntries(territories),
};
const json = JSON.stringify(file);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, json);

const drawn = territories.filter(([, { path }]) => path !== '').length;
console.log(`dist/territories.json: ${territories.length} territories, ${drawn} outlines, ${json.length} bytes`);
