/** Those that mirrors carry: 17. */
const ON_MIRRORS: [name: string, path: string, versions?: string[], arches?: string[]][] = [
  ['baseos', 'BaseOS'],
  ['appstream', 'AppStream'],
  ['powertools', 'PowerTools', ['8.10']],
  ['crb', 'CRB', ['9.8', '10.2']],
  ['nfv', 'NFV', ['8.10', '9.8', '10.2'], ['x86_64']],
  ['rt', 'RT', ['8.10', '9.8', '10.2'], ['x86_64']],
  ['extras', 'extras'],
  ['extras-extended', 'extras-extended', ['10.2']],
  ['ha', 'HighAvailability', ['8.10']],
  ['highavailability', 'HighAvailability', ['9.8', '10.2']],
  ['sap', 'SAP', ['8.10', '9.8', '10.2'], ['x86_64', 'ppc64le', 's390x']],
  ['saphana', 'SAPHANA', ['8.10', '9.8', '10.2'], ['x86_64', 'ppc64le']],
  ['resilientstorage', 'ResilientStorage', ['8.10', '9.8'], ['x86_64', 'ppc64le', 's390x']],
  ['devel', 'devel'],
  ['plus', 'plus'],
  ['synergy', 'synergy', ['8.10', '9.8', '10.2']],
  ['raspberrypi', 'raspberrypi', ['8.10', '9.8'], ['aarch64']],
];
/** Debug repositories have one name in 8 and another since: together with the sources, 44 that lie in the vault. */
const WITHOUT_DEBUGINFO = ['crb', 'extras-extended', 'highavailability', 'synergy'];
const WITHOUT_DEBUG = ['powertools', 'ha', 'raspberrypi'];

/** 32, in the order of the releases. */
export const VAULT_VERSIONS = (
  '8.3 8.4 8.5 8.6 8.7 8.8 8.9 8.7-beta 8.8-beta 8.9-beta 8.10-beta 9.0 9.1 9.2 9.3 9.4 9.5 9.6 9.7 9.1-beta 9.2-beta ' +
  '9.3-beta 9.4-beta 9.5-beta 9.6-beta 9.7-beta 9.8-beta 10.0 10.1 10.0-beta 10.1-beta 10.2-beta'
).split(' ');

/** A `config.yml` like AlmaLinux's in July 2026: 61 repositories, 44 of them in the vault. */
export function serviceConfiguration(): string {
  return [
    '---',
    'config_version: 3',
    'allowed_outdate: 12h',
    'mirrors_dir: mirrors.d',
    'vault_mirror: http://vault.example.org/',
    ...list('versions', ['8', '8.10', '9', '9.8', '10', '10.2']),
    'duplicated_versions:',
    '  "8": "8.10"',
    '  "9": "9.8"',
    '  "10": "10.2"',
    'optional_module_versions:',
    '  kitten:',
    '    - "10"',
    ...list('vault_versions', VAULT_VERSIONS),
    '# a mirror needs one of them',
    'required_protocols:',
    '  - http',
    '  - https',
    'arches:',
    ...arches('8', ['x86_64', 'aarch64', 'ppc64le', 's390x']),
    ...arches('9', ['x86_64', 'aarch64', 'ppc64le', 's390x']),
    ...arches('10', ['x86_64', 'x86_64_v2', 'aarch64', 'ppc64le', 's390x']),
    'repos:',
    ...ON_MIRRORS.flatMap(([name, path, versions, only]) => repository(name, `${path}/$basearch/os/`, versions, only)),
    ...ON_MIRRORS.flatMap(([name, path, versions]) => inVault(`${name}-source`, `${path}/Source/`, versions)),
    ...ON_MIRRORS.filter(([name]) => !WITHOUT_DEBUGINFO.includes(name)).flatMap(([name, path]) =>
      inVault(`${name}-debuginfo`, `${path}/debug/$basearch/`, ['8.10']),
    ),
    ...ON_MIRRORS.filter(([name]) => !WITHOUT_DEBUG.includes(name)).flatMap(([name, path]) =>
      inVault(`${name}-debug`, `${path}/debug/$basearch/`, ['9.8', '10.2']),
    ),
    '...',
    '',
  ].join('\n');
}

function repository(name: string, path: string, versions: string[] = [], only: string[] = []): string[] {
  return [
    `  - name: ${name}`,
    `    path: ${path}`,
    ...list('versions', versions, '    '),
    ...(only.length === 0 ? [] : ['    arches:', ...only.map((arch) => `      - ${arch}`)]),
  ];
}

function inVault(name: string, path: string, versions?: string[]): string[] {
  return [...repository(name, path, versions), '    vault: true'];
}

function list(key: string, versions: readonly string[], indent = ''): string[] {
  if (versions.length === 0) return [];
  return [`${indent}${key}:`, ...versions.map((version) => `${indent}  - "${version}"`)];
}

function arches(version: string, names: string[]): string[] {
  return [`  "${version}":`, ...names.map((name) => `    - ${name}`)];
}
