/**
 * The repository files that distributions ship in 2026, as far as they ask for a list with `countme=1`: what their
 * clients send, in our own words. Read in almalinux-repos, almalinux-kitten-repos (as mock has them too), rocky-repos,
 * centos-stream-repos, fedora-repos, epel-release and projectbluefin/common; how variables are expanded, in libdnf,
 * libdnf5 and rpm-ostree. Nothing here may be taken from the definitions: they are tested by it.
 */
export interface RepositoryFile {
  /** Whose servers hand out the list. */
  server: Server;
  id: string;
  /** rpm-ostree asks for metalinks only. */
  kind: 'mirrorlist' | 'metalink';
  /** Path and query, with its variables. */
  target: string;
}

export type Server = 'almalinux' | 'centos' | 'fedora' | 'rocky' | 'bluefin';

/** What `$name` stands for on a system. */
export type Variables = Readonly<Record<string, string>>;

/** rpm-ostree sends everything else as it is. */
const KNOWN_TO_RPM_OSTREE = ['releasever', 'basearch'];

/** The target that a client asks for. */
export function expand(target: string, client: Client, variables: Variables): string {
  if (client === 'rpm-ostree') {
    return target.replace(/\$(\w+)/g, (text, name: string) =>
      KNOWN_TO_RPM_OSTREE.includes(name) ? (variables[name] ?? text) : text,
    );
  }
  // `${name:+text}` is the text where the variable is there, and nothing where it is not.
  return target.replace(/\$\{(\w+):\+([^}]*)\}|\$(\w+)/g, (text, asked: string | undefined, alternative, name) =>
    asked === undefined ? (variables[name as string] ?? text) : variables[asked] ? String(alternative) : '',
  );
}

export type Client = 'libdnf' | 'rpm-ostree' | 'dakota-countme';

function almalinux(id: string): RepositoryFile {
  return { server: 'almalinux', id, kind: 'mirrorlist', target: `/mirrorlist/$releasever/${id}` };
}

function kitten(id: string, arch = ''): RepositoryFile {
  return { server: 'almalinux', id, kind: 'mirrorlist', target: `/mirrorlist/$releasever-kitten/${id}${arch}` };
}

function rocky(id: string, rltype: '$rltype' | ''): RepositoryFile {
  const target = `/mirrorlist?arch=$basearch&repo=${id}-$releasever${rltype}`;
  return { server: 'rocky', id, kind: 'mirrorlist', target };
}

function centos(id: string, repo: string): RepositoryFile {
  const target = `/metalink?repo=centos-${repo}-$stream&arch=$basearch&protocol=https,http`;
  return { server: 'centos', id, kind: 'metalink', target };
}

function fedora(id: string, repo: string): RepositoryFile {
  return { server: 'fedora', id, kind: 'metalink', target: `/metalink?repo=${repo}$releasever&arch=$basearch` };
}

const ALMALINUX = ['baseos', 'appstream', 'extras'].map(almalinux);
const KITTEN = ['baseos', 'appstream', 'extras-common'].map((id) => kitten(id));
const KITTEN_V2 = ['baseos', 'appstream', 'extras-common'].map((id) => kitten(id, '?arch=$basearch'));
const ROCKY_8 = ['BaseOS', 'AppStream', 'extras'].map((id) => rocky(id, ''));
const ROCKY = ['BaseOS', 'AppStream', 'extras'].map((id) => rocky(id, '$rltype'));
const CENTOS = [
  centos('baseos', 'baseos'),
  centos('appstream', 'appstream'),
  centos('extras-common', 'extras-sig-extras-common'),
];
const FEDORA = [
  fedora('fedora', 'fedora-'),
  fedora('updates', 'updates-released-f'),
  fedora('fedora-cisco-openh264', 'fedora-cisco-openh264-'),
];
export const EPEL = fedora('epel', 'epel-');
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is dnf's template
export const EPEL_10 = fedora('epel', 'epel${releasever_minor:+-z}-');
const EPEL_CISCO = fedora('epel-cisco-openh264', 'epel-cisco-openh264-');
const EPEL_NEXT = fedora('epel-next', 'epel-next-');
/** Its list comes from its own service, and its repository has no release. */
const DAKOTA: RepositoryFile = {
  server: 'bluefin',
  id: 'dakota',
  kind: 'metalink',
  target: '/metalink?repo=dakota&tag=latest&flavor=default&arch=$basearch',
};

/** Systems of one kind: what they call themselves, and what they ask for. */
export interface Product {
  name: string;
  /** As in VERSION_ID. */
  version: string;
  variant: string;
  arch: string;
  client: Client;
  variables: Variables;
  files: readonly RepositoryFile[];
}

type Told = Pick<Product, 'name' | 'version' | 'files'> & Partial<Product>;

function product(told: Told): Product {
  const { version, client = 'libdnf', arch = 'x86_64' } = told;
  const major = version.split('.')[0]!;
  const variant = told.variant ?? (client === 'libdnf' ? 'generic' : 'unknown');
  return { ...told, variant, arch, client, variables: { releasever: major, basearch: arch, ...told.variables } };
}

/** dnf says the minor release of systems that have one. */
function withMinor(version: string): Variables {
  const [, minor = ''] = version.split('.');
  return minor === '' ? {} : { releasever_minor: minor };
}

/** An Enterprise Linux with epel-release. */
function rebuild(name: string, version: string, files: readonly RepositoryFile[] = [], told: Partial<Product> = {}) {
  const epel = version.startsWith('10') ? [EPEL_10] : version.startsWith('9') ? [EPEL, EPEL_CISCO] : [EPEL];
  return product({
    name,
    version,
    files: [...files, ...epel],
    ...told,
    variables: { ...withMinor(version), ...told.variables },
  });
}

export const PRODUCTS: readonly Product[] = [
  rebuild('AlmaLinux', '8.10', ALMALINUX),
  rebuild('AlmaLinux', '9.6', ALMALINUX, { arch: 'aarch64' }),
  rebuild('AlmaLinux', '10.1', ALMALINUX),
  rebuild('AlmaLinux', '10.1', ALMALINUX, { arch: 'x86_64_v2' }),
  product({ name: 'AlmaLinux', version: '10.2', files: ALMALINUX, variables: { releasever: '10.2-beta' } }),
  rebuild('AlmaLinux Kitten', '10', KITTEN),
  product({ name: 'AlmaLinux Kitten', version: '10', files: KITTEN_V2, arch: 'x86_64_v2' }),
  rebuild('Rocky Linux', '8.10', ROCKY_8),
  rebuild('Rocky Linux', '9.6', ROCKY, { variables: { rltype: '' } }),
  rebuild('Rocky Linux', '10.1', ROCKY, { variables: { rltype: '' } }),
  product({ name: 'Rocky Linux', version: '10.2', files: ROCKY, variables: { rltype: '-beta' } }),
  rebuild('CentOS Stream', '9', [...CENTOS, EPEL_NEXT], { variables: { stream: '9-stream' } }),
  rebuild('CentOS Stream', '10', CENTOS, { variables: { stream: '10-stream' } }),
  rebuild('CentOS Linux', '8'),
  rebuild('Red Hat Enterprise Linux', '8.10'),
  rebuild('Red Hat Enterprise Linux', '9.6'),
  rebuild('Red Hat Enterprise Linux', '10.1'),
  // Held at a minor release by its subscription.
  rebuild('Red Hat Enterprise Linux', '10.0', [], { variables: { releasever: '10.0' } }),
  rebuild('Oracle Linux Server', '8.10'),
  rebuild('Oracle Linux Server', '9.6'),
  ...['workstation', 'server', 'kde'].map((variant) =>
    product({ name: 'Fedora Linux', version: '43', variant, files: FEDORA }),
  ),
  ...['silverblue', 'coreos'].map((variant) =>
    product({ name: 'Fedora Linux', version: '42', variant, client: 'rpm-ostree', files: FEDORA }),
  ),
  // uCore is Fedora CoreOS by all that it says.
  product({ name: 'Fedora Linux', version: '43', variant: 'coreos', client: 'rpm-ostree', files: FEDORA }),
  ...['Aurora', 'Bazzite', 'Bluefin'].map((name) =>
    product({ name, version: '43', variant: name.toLowerCase(), client: 'rpm-ostree', files: FEDORA }),
  ),
  // Its dnf asks once a week, as rpm-ostree cannot expand what its repositories say. Its VARIANT_ID is not quoted.
  rebuild('Bluefin LTS', '10', [], { variables: {} }),
  product({ name: 'dakota', version: 'latest', variant: 'default', client: 'dakota-countme', files: [DAKOTA] }),
];

/** What the client calls itself and its system. */
export function agentOfProduct({ client, name, version, variant, arch }: Product): string {
  return `${client} (${name} ${version}; ${variant}; Linux.${arch})`;
}

/** The targets of a product's lists on one server, without the flag. rpm-ostree does not ask for mirrorlists. */
export function targetsOf({ files, client, variables }: Product, server: Server): string[] {
  return files
    .filter((file) => file.server === server && (client !== 'rpm-ostree' || file.kind === 'metalink'))
    .map(({ target }) => expand(target, client, variables));
}

/** rpm-ostree appends its flag as it is, whether there is a query or not. */
export function flagged(target: string, client: Client, age: number): string {
  const sign = client === 'rpm-ostree' || target.includes('?') ? '&' : '?';
  return `${target}${sign}countme=${age}`;
}
