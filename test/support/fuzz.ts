import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { renderPublication } from '../../src/commands/render-publication.ts';
import { parseFormat } from '../../src/flow/requests/format.ts';
import { recogniseFormat, unknownFormat } from '../../src/flow/requests/recognise-format.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { readAliases } from '../../src/flow/views/definition/aliases.ts';
import { readAnnotations } from '../../src/flow/views/definition/annotations.ts';
import { readDefinition } from '../../src/flow/views/definition/definition.ts';
import type { OutputFile } from '../../src/flow/views/publication/output-file.ts';
import { allTotals, type Publication, totalsByWeek } from '../../src/flow/views/publication/tables.ts';
import { readTotals } from '../../src/flow/views/totals-read.ts';
import { explain } from '../../src/flow/views/verification/explain.ts';
import { Formulas } from '../../src/flow/views/verification/formula.ts';
import { tablesInCsv } from '../../src/flow/views/verification/read-publication.ts';
import { verifyPublished } from '../../src/flow/views/verification/verify-published.ts';
import { countryTableFromMmdb } from '../../src/geo/from-mmdb.ts';
import { loadTerritories } from '../../src/geo/territories.ts';
import { answer } from '../../src/mirrors/answers/answer.ts';
import { loadCatalogue } from '../../src/mirrors/catalogue/load.ts';
import { assertAgreement } from './agreement.ts';
import { tallyRound } from './fuzz-tallies.ts';
import { JSON_SHAPES, jsonWriter, TEXT_FORMATS, type Wire, WRAPPINGS } from './log-formats.ts';
import { folderWith, mirrorText } from './memory-catalogue.ts';
import { mirror, NOW, serviceOf, smallCatalogue } from './mirror-service.ts';
import { arrivalOf } from './nginx-log.ts';
import { smallPublications, sourceOf } from './publishing.ts';
import type { Random } from './random.ts';
import { comparable, readInFormat } from './readers.ts';
import { samplePublication } from './sample-publication.ts';
import { MemoryFolder, readSegment, startSpool } from './spool-in-memory.ts';
import { tinyMmdb } from './tiny-mmdb.ts';

/** Something that reads bytes of strangers, and one round of trying to break it. A round throws what a user must not see. */
export interface FuzzTarget {
  name: string;
  /** Of what one round costs, about, in rounds of the cheapest. */
  cost: number;
  round(random: Random): Promise<void> | void;
}

const DEFINITIONS = join(import.meta.dirname, '../../src/flow/views/definition/distributions');
const yaml = ['almalinux', 'fedora', 'aliases'].map((name) =>
  readFileSync(join(DEFINITIONS, `${name}.yaml`), 'latin1'),
);
const ANNOTATIONS = '- date: 2025-03-03\n  kind: outage\n  text: The disk was full.\n  grade: C\n';
const PIECES = [
  ...[
    '',
    '\0',
    '\n',
    '\r\n',
    '"',
    "'",
    '\\',
    '%',
    '%00',
    '%ff',
    '&',
    '=',
    '?',
    ';',
    ',',
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    '#',
  ],
  ...[
    ': ',
    '- ',
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '|',
    '>-',
    '---\n',
    '...\n',
    '? ',
    '\t',
    '\u0085',
    '\x7f',
    '\x80',
    '\xff',
  ],
  ...[
    '0',
    '-1',
    '1e999',
    '9007199254740993',
    '4294967296',
    'NaN',
    'null',
    'true',
    '__proto__',
    'constructor',
    '\u202e',
  ],
  ...[
    'countme=1',
    'countme=',
    'repo=',
    'arch=',
    'libdnf (',
    '; ',
    'Linux.x86_64)',
    '\\x22',
    '\\"',
    '0x7f000001',
    '[::1]',
  ],
];

/** A text or file that was changed in a few places: bits, bytes, pieces put in, taken out, doubled or moved. */
export function mutated(bytes: Uint8Array, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let change = 1 + random.below(6); change > 0; change--) {
    const at = random.below(result.length + 1);
    const length = random.chance(0.7) ? random.below(8) : random.below(result.length + 1);
    const [before, piece, after] = [
      result.subarray(0, at),
      result.subarray(at, at + length),
      result.subarray(at + length),
    ];
    const put = Buffer.from(random.pick(PIECES), 'latin1');
    switch (random.below(6)) {
      case 0:
        if (at < result.length) result[at] = result[at]! ^ (1 << random.below(8));
        break;
      case 1:
        if (at < result.length) result[at] = random.below(256);
        break;
      case 2:
        result = Buffer.concat([before, after]);
        break;
      case 3:
        result = Buffer.concat([
          before,
          ...Array.from({ length: 1 + random.below(40) }, () => piece.subarray(0, 200)),
          piece,
          after,
        ]);
        break;
      case 4:
        result = Buffer.concat([before, put, piece, after]);
        break;
      default:
        result = Buffer.concat([after, put, piece, before]);
    }
  }
  return result;
}

/** `names`: of the errors that tell a user what is wrong. */
async function told(names: readonly string[], work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error) || !names.includes(error.name)) throw error;
    assert.doesNotMatch(error.message, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  }
}

export function fuzzTargets(folder: string): FuzzTarget[] {
  return [
    lines(),
    formats(),
    requests(),
    definitions(),
    catalogues(),
    csv(folder),
    databases(folder),
    mmdb(),
    manifests(),
    tallies(),
    published(folder),
  ];
}

/** Tallies that travel, also by somebody who knows their form and key. */
function tallies(): FuzzTarget {
  const round = tallyRound(mutated);
  return { name: 'tallies', cost: 12, round: (random) => told(['LogFault'], () => round(random)) };
}

/** Both readers of lines, of which the one knows nothing of the other. */
function lines(): FuzzTarget {
  return { name: 'lines', cost: 10, round: (random) => void assertAgreement(random, 60, 'fuzz', new Map()) };
}

/** Each format that is recognised, alone and in wrappers, by both readers. */
function formats(): FuzzTarget {
  const written = [
    ...Object.values(TEXT_FORMATS),
    ...Object.values(JSON_SHAPES).map(([name, shape]) => [name, jsonWriter(shape)] as const),
  ];
  const wrappings = Object.values(WRAPPINGS);
  const wires = (random: Random): Wire[] =>
    Array.from({ length: 8 }, (_, at) => ({
      host: random.pick(['192.0.2.1', '2001:db8::1', '-']),
      time: NOW - 86_400 + at,
      method: 'GET',
      target: `/metalink?repo=baseos-9&arch=x86_64&countme=${1 + random.below(5)}`,
      status: random.pick([200, 302, 404]),
      agent: 'libdnf (AlmaLinux 9.4; generic; Linux.x86_64)',
    }));
  return {
    name: 'formats',
    cost: 6,
    round: (random) => {
      const [name, write] = random.pick(written);
      const [wrapper, wrap] = random.pick(wrappings);
      const isWrapped = random.chance(0.4);
      const plain = write(wires(random));
      const texts = isWrapped ? plain.map(wrap) : plain;
      const log = mutated(Buffer.from(`${texts.join('\n')}\n`, 'latin1'), random);
      recogniseFormat(log);
      unknownFormat(log);
      const format = parseFormat(isWrapped ? `${wrapper}:${name}` : name);
      const cut = () => 1 + random.below(500);
      const [kernel, reference] = [true, false].map((withKernel) =>
        comparable(readInFormat(log, format, { cut, withKernel })),
      );
      assert.deepEqual(kernel, reference);
      const { candidates, counted } = reference!;
      assert.ok(counted <= candidates);
    },
  };
}

/** Requests of any form, answered, taken down and read again: none makes the segment that they stand in be refused. */
function requests(): FuzzTarget {
  const service = serviceOf(smallCatalogue([mirror('a'), mirror('b')], { endpointTags: ['bluefin'] }));
  const targets = [
    '/metalink?repo=baseos-9&arch=x86_64&countme=1',
    '/mirrorlist/9/baseos?countme=4&country=DE,global&protocol=https',
    '/isolist/9/x86_64',
    '/explain?repo=appstream-9&arch=aarch64',
    '/empty/repodata/repomd.xml?countme=2&repo=bluefin',
  ];
  const agents = [
    'libdnf (AlmaLinux 9.4; generic; Linux.x86_64)',
    'rpm-ostree (Fedora 42; coreos; Linux.aarch64)',
    'curl/8',
  ];
  const one = (text: string, random: Random) => mutated(Buffer.from(text, 'latin1'), random).toString('latin1');
  return {
    name: 'requests',
    cost: 4,
    round: async (random) => {
      const disk = new MemoryFolder();
      const time = NOW as EpochSeconds;
      const { spool } = startSpool(disk, time);
      let sent = 0;
      for (; sent < 30; sent++) {
        const target = one(random.pick(targets), random);
        const agent = one(random.pick(agents), random);
        const found = answer(service, {
          method: random.chance(0.9) ? 'GET' : 'HEAD',
          target,
          client: { address: '192.0.2.1', country: 'DE' },
          now: NOW,
        });
        for (const header of Object.entries(found?.headers ?? {})) assert.match(header.join(''), /^[\x20-\x7e]*$/);
        spool.arrive(arrivalOf({ method: 'GET', target, agent, time, status: 200, address: '192.0.2.1' }));
      }
      await spool.close();
      for (const bytes of disk.files.values()) readSegment(bytes);
    },
  };
}

function definitions(): FuzzTarget {
  const readers = [readDefinition, readDefinition, readAliases, readAnnotations] as const;
  const texts = [yaml[0]!, yaml[1]!, yaml[2]!, ANNOTATIONS];
  return {
    name: 'definitions',
    cost: 3,
    round: (random) => {
      const which = random.below(readers.length);
      const text = mutated(Buffer.from(texts[which]!, 'latin1'), random).toString(
        random.chance(0.5) ? 'utf8' : 'latin1',
      );
      return told(['ConfigurationError'], () => readers[which]!('fuzz.yaml', text));
    },
  };
}

function catalogues(): FuzzTarget {
  const good = folderWith({
    'a.example.org.yml': mirrorText('a.example.org'),
    'b.example.org.yml': mirrorText('b.example.org'),
  });
  const names = ['config.yml', ...good.list('mirrors.d').map((name) => `mirrors.d/${name}`)];
  return {
    name: 'catalogues',
    cost: 3,
    round: (random) => {
      const spoiled = random.pick(names);
      const read = (path: string) => {
        const text = good.read(path);
        return path === spoiled
          ? mutated(Buffer.from(text), random).toString(random.chance(0.5) ? 'utf8' : 'latin1')
          : text;
      };
      const { catalogue, errors, warnings } = loadCatalogue({ files: { ...good, read } });
      // Whatever stands in the file of one mirror, the others are given out.
      if (spoiled !== 'config.yml') assert.ok(catalogue!.mirrors.length >= 1);
      for (const { path } of [...errors, ...warnings]) assert.doesNotMatch(path, /[\x00-\x1f\x7f-\x9f]/);
    },
  };
}

const CSV =
  'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch\r\n' +
  '2020-02-10,2020-02-16,5,AlmaLinux,9.4,generic,x86_64,4,baseos-9,x86_64\r\n' +
  '2020-02-17,2020-02-23,7,"Comma, Inc","9",,aarch64,1,baseos-9,aarch64\r\n';

function csv(folder: string): FuzzTarget {
  const path = join(folder, 'fuzz.csv');
  return {
    name: 'csv',
    cost: 2,
    round: (random) => {
      writeFileSync(path, mutated(Buffer.from(CSV), random));
      return told(['TotalsError'], () => readTotals(path));
    },
  };
}

/** Of a table with 400 rows, on several pages. */
function databases(folder: string): FuzzTarget {
  const path = join(folder, 'fuzz.db');
  const made = new DatabaseSync(path);
  made.exec(`PRAGMA page_size = 512;
    CREATE TABLE countme_totals (hits INTEGER, weeknum INTEGER, os_name TEXT, os_version TEXT, os_variant TEXT, os_arch TEXT, sys_age INTEGER, repo_tag TEXT, repo_arch TEXT);
    CREATE INDEX weeknum_idx ON countme_totals (weeknum);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO countme_totals SELECT i, 2614, 'Fedora', '31', 'generic', 'x86_64', 1 + i % 4, 'fedora-31', 'x86_64' FROM n`);
  made.close();
  const bytes = readFileSync(path);
  return {
    name: 'databases',
    cost: 60,
    round: async (random) => {
      const spoiled = Buffer.from(bytes);
      // Most changes elsewhere only change a name.
      for (let change = 1 + random.below(8); change > 0; change--) {
        const page = random.below(spoiled.length / 512) * 512;
        spoiled[page + random.below(random.chance(0.7) ? 40 : 512)] = random.below(256);
      }
      writeFileSync(path, random.chance(0.2) ? mutated(spoiled, random) : spoiled);
      await told(['TotalsError'], () => readTotals(path));
    },
  };
}

function mmdb(): FuzzTarget {
  const bytes = tinyMmdb();
  return {
    name: 'mmdb',
    cost: 1,
    round: (random) =>
      told(['Error'], () => {
        try {
          countryTableFromMmdb(mutated(bytes, random));
        } catch (error) {
          // The library's own errors stand behind ours, which say what to do.
          assert.match((error as Error).message, /expected a MaxMind/);
        }
      }),
  };
}

/** A publication of which one file was changed: told, and never thrown. */
function manifests(): FuzzTarget {
  const { files } = smallPublications(2)[1]!;
  const good = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const paths = [...good.keys()];
  return {
    name: 'manifests',
    cost: 4,
    round: async (random) => {
      const spoiled = random.chance(0.7) ? 'manifest.json' : random.pick(paths);
      const bytes = mutated(good.get(spoiled)!, random);
      const { problems } = await verifyPublished(sourceOf(new Map([...good, [spoiled, bytes]])));
      if (!bytes.equals(Buffer.from(good.get(spoiled)!))) assert.ok(problems.length > 0, spoiled);
    },
  };
}

/** A file of a publication that is compared with what the tables give: Parquet, SQLite, pages, tables, documents. */
function published(folder: string): FuzzTarget {
  const sample = samplePublication();
  const weeks = sample.weeks.slice(-4);
  const isLate = ({ week }: { week: number }) => week >= weeks[0]!.week;
  const publication: Publication = {
    ...sample,
    weeks,
    systems: sample.systems.filter(isLate),
    margins: sample.margins.filter(isLate),
    countries: sample.countries.filter(isLate),
    epel: sample.epel.filter(isLate),
    totals: totalsByWeek(allTotals(sample.totals).filter(isLate)),
    exclusions: sample.exclusions.filter(isLate),
    corrections: sample.corrections.filter(isLate),
  };
  const made = renderPublication(publication, loadTerritories(), folder);
  return {
    name: 'published',
    cost: 100,
    round: async (random) => {
      const files = await made;
      const kinds = [...Map.groupBy(files, ({ path }) => path.slice(path.lastIndexOf('.'))).values()];
      const isParquet = ({ path }: OutputFile) => path.endsWith('.parquet');
      const { path, bytes } = random.pick(random.chance(0.3) ? files.filter(isParquet) : random.pick(kinds));
      const tables = tablesInCsv(new Map(files.map((file) => [file.path, file.bytes])));
      const means = { formulas: new Formulas(tables, publication.corrections), scratch: folder };
      await explain({ path, found: mutated(bytes, random), expected: bytes }, random.pick(['all', 'numbers']), means);
    },
  };
}
