import { COUNTING_CLIENTS } from '../../sightings/system.ts';
import { ARCHES, VERSION } from '../../tallies/naming.ts';
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
    arch: (name) => name === '' || ARCHES.includes(name),
    client: (name) => name === '' || COUNTING_CLIENTS.includes(name) || definition.clients.includes(name),
    repoTag: (tag) => tag === '' || isTag(tag),
  };
}

/** Each tag's patterns are tried once. */
function tagTest({ census, epel, optional }: Definition): (tag: string) => boolean {
  const rules = epel === undefined ? census : [...census, epel];
  const roles = rules.flatMap(({ repository, crosschecks }) => [...repository, ...crosschecks.flat()]);
  const patterns = [...roles, ...optional];
  const known = new Map<string, boolean>();
  return (tag) => {
    const answer = known.get(tag) ?? patterns.some((pattern) => pattern.releaseOf(tag) !== undefined);
    known.set(tag, answer);
    return answer;
  };
}
