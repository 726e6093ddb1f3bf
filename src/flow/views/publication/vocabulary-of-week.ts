import { COUNTING_CLIENTS } from '../../sightings/system.ts';
import type { Definition } from '../definition/definition.ts';

/** Which names may stand in published rows. Whatever else strangers write is `other`. */
export interface Vocabulary {
  os(name: string): boolean;
  version(text: string): boolean;
  edition(name: string): boolean;
  arch(name: string): boolean;
  client(name: string): boolean;
  repoTag(tag: string): boolean;
}

const ARCHES = new Set([
  'aarch64',
  'armhfp',
  'armv7l',
  'i386',
  'i686',
  'loongarch64',
  'ppc64',
  'ppc64le',
  'riscv64',
  's390x',
  'x86_64',
  'x86_64_v2',
]);
/** `9`, `9.6`, `43`: not `20318`, which somebody made up. */
const VERSION = /^\d{1,2}(\.\d{1,2})?$/;

/**
 * A name that came from strangers, however many they are and wherever: whoever has three networks can make one. Nothing
 * that a spreadsheet, a page or a disk could take for more than a name, and no long number.
 */
const STRANGERS_NAME = /^(?!.*\d{5})[A-Za-z][A-Za-z0-9]*(?:[ ._+-][A-Za-z0-9]+){0,7}$/;

/** `names`: the os names that have passed in the week. An empty field means "not stated", which tells nothing. */
export function vocabularyOf(definition: Definition, names: ReadonlySet<string>): Vocabulary {
  const configured = new Set([...definition.headline, ...definition.names]);
  const editions = new Set(definition.editions);
  const isTag = tagTest(definition);
  return {
    os: (name) => name === '' || (names.has(name) && (configured.has(name) || STRANGERS_NAME.test(name))),
    version: (text) => text === '' || VERSION.test(text),
    edition: (name) => name === '' || editions.has(name),
    arch: (name) => name === '' || ARCHES.has(name),
    client: (name) => name === '' || COUNTING_CLIENTS.includes(name) || definition.clients.includes(name),
    repoTag: (tag) => tag === '' || isTag(tag),
  };
}

function tagTest({ census, epel, optional }: Definition): (tag: string) => boolean {
  const rules = epel === undefined ? census : [...census, epel];
  const roles = rules.flatMap(({ repository, crosschecks }) => [...repository, ...crosschecks.flat()]);
  const patterns = [...roles, ...optional];
  return (tag) => patterns.some((pattern) => pattern.releaseOf(tag) !== undefined);
}
