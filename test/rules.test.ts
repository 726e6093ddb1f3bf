import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from './support/temporary-folder.ts';

/** The rules of the house that a compiler cannot hold. */

const ROOT = join(import.meta.dirname, '..');
/** AssemblyScript, which another compiler builds. */
const KERNEL = 'src/flow/requests/kernel/';
/** What runs in a reader's browser, where there is nobody to pass effects in. */
const SITE_SCRIPT = 'src/flow/website/script/';
/** Where the kernel, the country table and the compiled worker lie; how a file is opened, and nothing else. */
const FOR_ALL = ['built-files', 'regular-file'];

interface Source {
  /** From the root of the repository. */
  path: string;
  /** The text without comments. */
  code: string;
  imports: Import[];
}

interface Import {
  /** A path from the root of the repository, or the name of a module. */
  target: string;
  typeOnly: boolean;
}

const SOURCES = sourcesIn('src');
const EVERYWHERE = [...SOURCES, ...['test', 'bench', 'scripts'].flatMap(sourcesIn)];

describe('the way of a log line', () => {
  const stages = readdirSync(join(ROOT, 'src/flow')).sort();
  const importsBetweenAreas = SOURCES.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target.startsWith('src/') && areaOf(target) !== areaOf(path))
      .map(({ target }) => ({ path, target, from: areaOf(path), to: areaOf(target) })),
  );
  const violations = (isAllowed: (from: string, to: string, target: string) => boolean) =>
    importsBetweenAreas
      .filter(({ from, to, target }) => !isAllowed(from, to, target))
      .map(({ path, target }) => `${path} imports ${target}`);

  test('a stage imports only from stages that sort before it', () => {
    const known = ['bytes', 'requests', 'sightings', 'tallies', 'vault', 'views', 'website'];
    assert.deepEqual(
      stages.filter((stage) => !known.includes(stage)),
      [],
    );
    assert.deepEqual(
      violations((from, to) => !stages.includes(from) || !stages.includes(to) || to < from),
      [],
    );
  });

  test('the flow imports nothing from beside it but geo, and geo only where addresses are known', () => {
    const withAddresses = ['requests', 'sightings', 'tallies'];
    assert.deepEqual(
      violations(
        (from, to) =>
          !stages.includes(from) ||
          stages.includes(to) ||
          FOR_ALL.includes(to) ||
          (to === 'geo' && withAddresses.includes(from)),
      ),
      [],
    );
  });

  test('the website reads nothing but what views publishes', () => {
    assert.deepEqual(
      violations((from, to) => from !== 'website' || to === 'views'),
      [],
    );
  });

  test('the fleet shares no rule with what is measured by it', () => {
    const shared = ['src/flow/sightings/week.ts', 'src/flow/views/totals.ts'];
    assert.deepEqual(
      violations((from, _to, target) => from !== 'fleet' || shared.includes(target)),
      [],
    );
  });

  test('geo stands alone, and only the command line imports commands', () => {
    assert.deepEqual(
      violations(
        (from, to) => (from !== 'geo' || FOR_ALL.includes(to)) && (to !== 'commands' || from === 'command-line'),
      ),
      [],
    );
  });
});

describe('effects stay at the edge', () => {
  test('the vault alone knows the database, beside published databases and the lock of a publication', () => {
    const users = filesWith(imports('node:sqlite')).filter((path) => !path.startsWith('src/flow/vault/'));
    assert.deepEqual(users, [
      'src/flow/views/files/databases.ts',
      'src/flow/views/files/disk.ts',
      'src/flow/views/foreign-database.ts',
      'src/flow/views/totals-write.ts',
    ]);
  });

  // Whoever adds a file here has thought of passing the effect in.
  const effects: [string, (source: Source) => boolean, string[]][] = [
    [
      'files',
      imports('node:fs', 'node:fs/promises'),
      [
        'src/built-files.ts',
        'src/commands/backup.ts',
        'src/commands/copy.ts',
        'src/commands/distribution.ts',
        'src/commands/fold-spool.ts',
        'src/commands/ingest.ts',
        'src/commands/remove-counted.ts',
        'src/commands/render-publication.ts',
        'src/commands/scratch.ts',
        'src/commands/serve-tasks.ts',
        'src/commands/serve-worker.ts',
        'src/commands/simulate.ts',
        'src/commands/tally-logs.ts',
        'src/commands/tally.ts',
        'src/fleet/byte-sink.ts',
        'src/fleet/simulate.ts',
        'src/flow/bytes/blocks.ts',
        'src/flow/bytes/discover.ts',
        'src/flow/bytes/pour.ts',
        'src/flow/bytes/source.ts',
        'src/flow/requests/kernel.ts',
        'src/flow/tallies/block-helper.ts',
        'src/flow/vault/cluster/cluster-vault.ts',
        'src/flow/vault/database.ts',
        'src/flow/views/files/databases.ts',
        'src/flow/views/files/disk.ts',
        'src/flow/views/files/growing-file.ts',
        'src/flow/views/files/replace-file.ts',
        'src/flow/views/foreign-database.ts',
        'src/flow/views/spill.ts',
        'src/flow/views/totals-read.ts',
        'src/flow/views/totals-write.ts',
        'src/flow/views/verification/published-source.ts',
        'src/flow/views/verification/read-database.ts',
        'src/geo/load.ts',
        'src/geo/territories.ts',
        'src/mirrors/catalogue/folder.ts',
        'src/mirrors/counting/spool-files.ts',
        'src/mirrors/serve/catalogue-watch.ts',
        'src/mirrors/serve/site-files.ts',
        'src/regular-file.ts',
      ],
    ],
    [
      'programs',
      imports('node:child_process'),
      ['src/commands/serve-tasks.ts', 'src/flow/bytes/unpack-program.ts', 'src/flow/views/foreign-database.ts'],
    ],
    ['processes', imports('node:cluster'), ['src/commands/serve.ts']],
    [
      'threads',
      imports('node:worker_threads'),
      [
        'src/flow/tallies/read-log.worker.ts',
        'src/flow/tallies/reader-thread.ts',
        'src/flow/views/verification/read-parquet.ts',
      ],
    ],
    [
      'servers',
      imports('node:http', 'node:http2', 'node:https', 'node:dns', 'node:dns/promises', 'node:dgram', 'node:tls'),
      [
        'src/commands/serve-folder.ts',
        'src/mirrors/check/own-look-up.ts',
        'src/mirrors/check/web-request.ts',
        'src/mirrors/serve/http-server.ts',
      ],
    ],
    // isIPv4 and isIPv6.
    [
      'sockets',
      imports('node:net'),
      [
        'src/commands/site-visitor.ts',
        'src/geo/address.ts',
        'src/mirrors/check/web-request.ts',
        'src/mirrors/serve/http-server.ts',
        'src/mirrors/serve/listen-address.ts',
      ],
    ],
    ['requests', contains(/\b(?:fetch|WebSocket)\(/), []],
    ['chance', contains(/\bMath\.random\b/), []],
    ['the clock', contains(/\bDate\.now\b|\bnew Date\(\)/), ['src/command-line.ts']],
    [
      'the environment',
      contains(/\bprocess\.env\b/),
      [
        'src/commands/clickhouse-password.ts',
        'src/commands/serve.ts',
        'src/flow/bytes/unpack-program.ts',
        'src/flow/tallies/reader-thread.ts',
      ],
    ],
  ];
  for (const [effect, isUsed, files] of effects) {
    test(`${effect}: ${files.length === 0 ? 'nowhere' : files.map((file) => basename(file)).join(', ')}`, () => {
      assert.deepEqual(filesWith(isUsed), files);
    });
  }
});

describe('the code', () => {
  test('no file is named for being useful', () => {
    const drawer = /^(?:utils?|helpers?|misc|common|shared)\b/i;
    assert.deepEqual(
      EVERYWHERE.map(({ path }) => path).filter((path) => drawer.test(basename(path))),
      [],
    );
  });

  test('no any, and no comment that silences the compiler', () => {
    const anyType = /[:<|&,(=]\s*any\s*[,;)>|&=[\]{]|\bas any\b|\bany\[\]/;
    assert.deepEqual(
      EVERYWHERE.filter(({ code }) => anyType.test(code)).map(({ path }) => path),
      [],
    );
    // In the kernel they stand above AssemblyScript's own decorators, which no other compiler knows.
    const silenced = /@t[s]-(?:ignore|expect-error|nocheck)/;
    assert.deepEqual(
      EVERYWHERE.filter(({ path }) => !path.startsWith(KERNEL) && silenced.test(read(path))).map(({ path }) => path),
      [],
    );
  });
});

interface Package {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  files: string[];
}

interface Lock {
  packages: Record<
    string,
    {
      dev?: boolean;
      link?: boolean;
      resolved?: string;
      integrity?: string;
      version?: string;
      hasInstallScript?: boolean;
    }
  >;
}

describe('H03: dependencies', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Package;
  const lock = JSON.parse(read('package-lock.json')) as Lock;
  const NODE = 'tools/node';
  /** Without the project itself, and the folder of it that names the Node.js that it is run by. */
  const locked = Object.entries(lock.packages).filter(([path, { link }]) => path !== '' && path !== NODE && !link);
  const nameOf = (path: string) => path.replace(/^.*node_modules\//, '');

  test('versions are exact', () => {
    const inexact = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([name, version]) => name !== 'node-of-rollcall' && !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
    );
    assert.deepEqual(inexact, []);
  });

  test('ARCHITECTURE.md names every runtime dependency', () => {
    assert.ok(existsSync(join(ROOT, 'ARCHITECTURE.md')), 'there is no ARCHITECTURE.md');
    const text = read('ARCHITECTURE.md');
    assert.deepEqual(
      Object.keys(dependencies).filter((name) => !text.includes(`\`${name}\``)),
      [],
    );
  });

  test('what is installed with Rollcall is this and nothing else', () => {
    const installed = locked.filter(([, { dev }]) => dev !== true).map(([path]) => nameOf(path));
    // Of these npm installs the one that fits the machine.
    const isForOnePlatform = (name: string) => name.startsWith('@resvg/resvg-js-');
    assert.deepEqual(installed.filter((name) => !isForOnePlatform(name)).sort(), [
      '@clickhouse/client',
      '@commander-js/extra-typings',
      '@resvg/resvg-js',
      'ansi-regex',
      'cli-progress',
      'commander',
      'csv-parse',
      'csv-stringify',
      'd3-array',
      'd3-color',
      'd3-format',
      'd3-interpolate',
      'd3-path',
      'd3-scale',
      'd3-shape',
      'd3-time',
      'd3-time-format',
      'dejavu-fonts-ttf',
      'emoji-regex',
      'highs',
      'hyparquet',
      'hyparquet-writer',
      'internmap',
      'is-fullwidth-code-point',
      'minipass',
      'minizlib',
      'mmdb-lib',
      'preact',
      'preact-render-to-string',
      'string-width',
      'strip-ansi',
      'yaml',
      'zod',
    ]);
  });

  test('the code imports runtime dependencies only, and all of them', () => {
    const modules = SOURCES.flatMap(({ imports }) => imports.map(({ target }) => target)).filter(
      (target) => !target.startsWith('src/') && !target.startsWith('node:'),
    );
    const packages = new Set(modules.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]));
    assert.deepEqual([...packages].sort(), Object.keys(dependencies).sort());
  });

  test('the lock file names no registry, each package by its hash, and nothing that is run when it is installed', () => {
    assert.deepEqual(
      locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
      [],
    );
    assert.deepEqual(
      locked.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => nameOf(path)),
      [],
    );
    assert.deepEqual(
      locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => nameOf(path)),
      [],
    );
    assert.deepEqual(
      Object.entries(lock.packages).flatMap(([path, { link, resolved }]) => (link ? [[path, resolved]] : [])),
      [['node_modules/node-of-rollcall', NODE]],
    );
  });

  test('the Node.js that npm ci brings is one of the lock file, in its exact version', () => {
    const { version, optionalDependencies } = JSON.parse(read(`${NODE}/package.json`)) as {
      version: string;
      optionalDependencies: Record<string, string>;
    };
    assert.deepEqual(
      Object.entries(optionalDependencies).filter(
        ([name, wanted]) => wanted !== version || lock.packages[`node_modules/${name}`]?.version !== version,
      ),
      [],
    );
    const brought = join(ROOT, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
    assert.equal(realpathSync(join(ROOT, 'node_modules/.bin/node')), realpathSync(brought));
    assert.equal(execFileSync(brought, ['--version'], { encoding: 'utf8' }).trim(), `v${version}`);
  });

  test('the tarball says by hash what is installed with it, and nothing of development', () => {
    const target = join(temporaryFolder(), 'npm-shrinkwrap.json');
    execFileSync(process.execPath, [join(ROOT, 'scripts/write-shrinkwrap.ts'), target]);
    const { packages } = JSON.parse(readFileSync(target, 'utf8')) as Lock;
    const installed = locked.filter(([, { dev }]) => dev !== true);
    assert.deepEqual(Object.entries(packages).slice(1), installed);
    assert.deepEqual(
      Object.keys(packages['']!).filter((key) => /dev/i.test(key)),
      [],
    );
    assert.equal(existsSync(join(ROOT, 'npm-shrinkwrap.json')), false, 'npm would take it for the lock file');
  });
});

test('H04: the published package holds the build, the documents and nothing else', () => {
  // Without scripts: a build now would pull dist from under the other tests.
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, npm_config_update_notifier: 'false' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  });
  const [pack] = JSON.parse(output) as [{ files: { path: string }[] }];
  const paths = pack.files.map(({ path }) => path);

  const documents = ['LICENSE', 'README.md', 'SPEC.md', 'SECURITY.md', 'PRIVACY.md', 'CHANGELOG.md'];
  const built = paths.filter((path) => path.startsWith('dist/'));
  const others = paths.filter((path) => !path.startsWith('dist/') && !path.startsWith('docs/'));
  assert.deepEqual(
    others.filter((path) => path !== 'package.json' && !documents.includes(path)),
    [],
  );
  const needed = [
    'dist/country-table.bin',
    'dist/distributions/aliases.yaml',
    'dist/kernel.wasm',
    'dist/main.cjs',
    'dist/read-log.worker.cjs',
    'dist/site.css',
    'dist/site.js',
    'dist/territories.json',
  ];
  assert.deepEqual(
    needed.filter((path) => !built.includes(path)),
    [],
  );
  assert.deepEqual(
    built.filter(
      (path) => !needed.includes(path) && !/^dist\/(?:[\w.-]+\.c?js|distributions\/[a-z-]+\.yaml)$/.test(path),
    ),
    [],
    'dist holds what no build puts there: remove it and build again',
  );
});

test('no text in the repository names a machine or a registry', () => {
  // Character classes keep these patterns from finding themselves.
  const paths = /\/(?:hom[e]|User[s])\/\w|\/roo[t]\/|\/wor[k]\/|\/private\/va[r]\//;
  const registries = /registr[y]\.[a-z]|npm[j]s\.(?:org|com)|npmmirro[r]|artifactor[y]|verdacci[o]/i;
  const found = repositoryFiles().filter((path) => {
    const text = read(path);
    return paths.test(text) || registries.test(text);
  });
  assert.deepEqual(found, []);
});

test('H04: nobody is told to run what a registry has under the name of rollcall: anyone could put it there', () => {
  const byName = /\bnp[x] (?:-\S+ )*rollcall\b|\bnpm (?:i|instal[l]|exec) (?:-\S+ )*rollcall\b/;
  assert.match('npm install -g rollcall', byName);
  assert.deepEqual(
    repositoryFiles().filter((path) => path !== 'test/rules.test.ts' && byName.test(read(path))),
    [],
  );
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function filesIn(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

/** All files but those that git does not keep. */
function repositoryFiles(): string[] {
  const notKept = ['.git', 'node_modules', 'dist'];
  return readdirSync(ROOT, { withFileTypes: true })
    .filter(({ name }) => !notKept.includes(name))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(entry.name) : [entry.name]));
}

function sourcesIn(folder: string): Source[] {
  return filesIn(folder)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const code = withoutComments(read(path));
      return { path, code, imports: importsOf(path, code) };
    });
}

function withoutComments(text: string): string {
  const stringOrComment = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(stringOrComment, (_match, string: string | undefined) => string ?? '');
}

function importsOf(path: string, code: string): Import[] {
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?[\w*{}\s,]*?\bfrom\s+'([^']+)'/gm);
  const others = code.matchAll(/^import\s+'([^']+)'|\b(?:import|REQUIRE\.resolve)\(\s*['`]([^'`]+)['`]\s*\)/gm);
  const found = [
    ...Array.from(statements, ([, type, name]) => ({ name: name!, typeOnly: type !== undefined })),
    ...Array.from(others, ([, bare, dynamic]) => ({ name: (bare ?? dynamic)!, typeOnly: false })),
  ];
  return found.map(({ name, typeOnly }) => ({
    target: name.startsWith('.') ? join(dirname(path), name) : name,
    typeOnly,
  }));
}

/** A stage of the flow, a folder beside it, or `main`. */
function areaOf(path: string): string {
  const [, first, second] = path.split('/');
  return first === 'flow' ? second! : first!.replace(/\.ts$/, '');
}

function imports(...modules: string[]): (source: Source) => boolean {
  return (source) => source.imports.some(({ target, typeOnly }) => !typeOnly && modules.includes(target));
}

function contains(pattern: RegExp): (source: Source) => boolean {
  return ({ code }) => pattern.test(code);
}

function filesWith(isUsed: (source: Source) => boolean): string[] {
  return SOURCES.filter(({ path }) => !path.startsWith(SITE_SCRIPT))
    .filter(isUsed)
    .map(({ path }) => path);
}
