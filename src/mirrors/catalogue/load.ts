import type { Catalogue, Mirror, NetworkList } from '../catalogue.ts';
import { createCountryNames } from './country-name.ts';
import type { Finding, Path } from './finding.ts';
import { type MirrorRules, mirrorOf } from './mirror-entry.ts';
import { readMirrorFile } from './mirror-file.ts';
import { readPlainConfiguration } from './plain-configuration.ts';
import { readServiceConfiguration, type ServiceConfiguration } from './service-configuration.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

/** The files of one catalogue, by their paths from its folder. Each throws what the system throws. */
export interface CatalogueFiles {
  /** `config.yml`, or the one file that a plain configuration is. */
  configuration: string;
  read(path: string): string;
  /** The names in a folder. */
  list(folder: string): string[];
}

export interface LoadEffects {
  files: CatalogueFiles;
  /** What the check has loaded of a provider's list; undefined if it has not yet. Nothing is known by default. */
  networksOf?: (list: NetworkList) => readonly string[] | undefined;
}

export interface Loaded {
  /** Undefined if the service cannot work by it: the errors say why. */
  catalogue: Catalogue | undefined;
  /** Taken, but it looks wrong. */
  warnings: Finding[];
  /** Left out. */
  errors: Finding[];
}

/** Where a mirror was written. */
export interface Origin {
  mirror: Mirror;
  yaml: YamlFile;
  base: Path;
}

export interface LoadedWithOrigins extends Loaded {
  origins: readonly Origin[];
}

/** Kept from load to load: the names of the countries take as long to prepare as a hundred mirrors. */
const countryOf = createCountryNames();

/** Loads AlmaLinux's form or the plain one, whichever the configuration is written in. Never throws for what is in it. */
export function loadCatalogue(effects: LoadEffects): Loaded {
  const { catalogue, warnings, errors } = loadWithOrigins(effects);
  return { catalogue, warnings, errors };
}

export function loadWithOrigins({ files, networksOf = () => undefined }: LoadEffects): LoadedWithOrigins {
  const configuration = readFile(files, files.configuration);
  if (configuration.errors.length > 0) return { catalogue: undefined, ...configuration, origins: [] };
  const isPlain = ['mirrors', 'repositories', 'endpoint_only'].some((key) => configuration.keys([]).includes(key));
  const loaded = isPlain ? loadPlain(files, configuration) : loadFolder(files, configuration);
  return withNetworks(loaded, networksOf);
}

function readFile(files: CatalogueFiles, path: string): YamlFile {
  try {
    return readYaml(path, files.read(path));
  } catch (error) {
    const unread = readYaml(path, '');
    unread.remarks.fail([], `cannot be read: ${reasonOf(error)}`, 'make it a file that the service may read');
    return unread;
  }
}

function loadPlain(files: CatalogueFiles, yaml: YamlFile): LoadedWithOrigins {
  const plain = readPlainConfiguration(yaml, files.configuration);
  if (plain === undefined || yaml.errors.some(({ path }) => !path.startsWith('mirrors'))) return refused(yaml);
  const rules = rulesOf(plain.settings, ['http', 'https']);
  const origins = plain.mirrors.flatMap((entry) => {
    const mirror = mirrorOf(entry, rules, yaml.remarks);
    return mirror === undefined ? [] : [{ mirror, yaml, base: entry.base }];
  });
  return finished(plain.settings, origins, yaml, [yaml]);
}

function refused({ warnings, errors }: YamlFile): LoadedWithOrigins {
  return { catalogue: undefined, warnings, errors, origins: [] };
}

function loadFolder(files: CatalogueFiles, yaml: YamlFile): LoadedWithOrigins {
  const service = readServiceConfiguration(yaml);
  if (service === undefined || yaml.errors.length > 0) return refused(yaml);
  const names = mirrorFileNames(files, service, yaml);
  if (names === undefined) return refused(yaml);
  const rules = rulesOf(service.settings, service.required);
  const read = names.map((name) => readMirror(files, `${service.mirrorsFolder.replace(/\/+$/, '')}/${name}`, rules));
  const origins = read.flatMap((file) =>
    file.mirror === undefined ? [] : [{ mirror: file.mirror, yaml: file, base: [] }],
  );
  return finished(service.settings, origins, yaml, [yaml, ...read]);
}

function rulesOf(settings: Pick<Catalogue, 'internalAddresses'>, required: MirrorRules['required']): MirrorRules {
  const trust = settings.internalAddresses === true ? 'operator' : 'strangers';
  return { trust, required, countryOf };
}

/** In the order of their names, on every machine. */
function mirrorFileNames(files: CatalogueFiles, service: ServiceConfiguration, yaml: YamlFile): string[] | undefined {
  try {
    const names = files.list(service.mirrorsFolder).filter((name) => !name.startsWith('.'));
    const isYaml = (name: string) => /\.ya?ml$/.test(name);
    for (const name of names.filter((name) => !isYaml(name) && !/^readme/i.test(name))) {
      const file = readYaml(`${service.mirrorsFolder}/${name}`, '');
      file.remarks.warn([], 'is not read: its name does not end in .yml', 'rename it, or move it elsewhere');
      yaml.warnings.push(...file.warnings);
    }
    return names.filter(isYaml).sort();
  } catch (error) {
    yaml.remarks.fail(
      ['mirrors_dir'],
      `cannot be read: ${reasonOf(error)}`,
      'write the folder of the mirrors, mirrors.d',
    );
    return undefined;
  }
}

function readMirror(files: CatalogueFiles, path: string, rules: MirrorRules): ReturnType<typeof readMirrorFile> {
  try {
    return readMirrorFile(path, files.read(path), rules);
  } catch (error) {
    const unread = readYaml(path, '');
    unread.remarks.fail([], `cannot be read: ${reasonOf(error)}`, 'make it a file that the service may read');
    return unread;
  }
}

/** The code alone: a message of the system has the whole path of the machine in it. */
function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}

function finished(
  settings: Omit<Catalogue, 'mirrors'>,
  written: readonly Origin[],
  configuration: YamlFile,
  files: readonly YamlFile[],
): LoadedWithOrigins {
  const origins = withoutDuplicates(written);
  const isEmpty = origins.length === 0 && settings.endpointTags === undefined && settings.master === undefined;
  if (isEmpty)
    configuration.remarks.fail([], 'has no mirror and no master: there is nothing to answer', 'add a mirror');
  return {
    catalogue: isEmpty ? undefined : { ...settings, mirrors: origins.map(({ mirror }) => mirror) },
    warnings: files.flatMap(({ warnings }) => warnings),
    errors: files.flatMap(({ errors }) => errors),
    origins,
  };
}

/** Health is kept by name, so a name can be one mirror's only: the first file's. */
function withoutDuplicates(origins: readonly Origin[]): Origin[] {
  const first = new Map<string, Origin>();
  for (const origin of origins) {
    const { mirror, yaml, base } = origin;
    const before = first.get(mirror.name);
    if (before === undefined) first.set(mirror.name, origin);
    else {
      const { line } = before.yaml.place([...before.base, 'name']);
      const where = `${before.mirror.file}:${line}`;
      yaml.remarks.fail(
        [...base, 'name'],
        `${mirror.name} is in ${where} already: this one is left out`,
        'remove one, or name it',
      );
    }
  }
  return [...first.values()];
}

function withNetworks(
  loaded: LoadedWithOrigins,
  networksOf: NonNullable<LoadEffects['networksOf']>,
): LoadedWithOrigins {
  const { catalogue } = loaded;
  if (catalogue === undefined) return loaded;
  const mirrors = catalogue.mirrors.map((mirror) => {
    const loadedNetworks = mirror.networkLists?.flatMap((list) => networksOf(list) ?? []) ?? [];
    return loadedNetworks.length === 0 ? mirror : { ...mirror, subnets: [...mirror.subnets, ...loadedNetworks] };
  });
  return { ...loaded, catalogue: { ...catalogue, mirrors } };
}
