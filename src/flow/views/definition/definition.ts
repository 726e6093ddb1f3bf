import { z } from 'zod';
import { faultOf } from '../files/plain-text.ts';
import { annotationSchema } from './annotations.ts';
import { type Mistake, pathText, readConfiguration } from './configuration-file.ts';
import { day } from './day.ts';
import { publishableText } from './publishable-text.ts';
import { PLACEHOLDER, type RepositoryPattern, repositoryPattern } from './repository-pattern.ts';
import { webAddress } from './web-address.ts';

/** What of a distribution is counted as what. One YAML file; those in `distributions/` ship with Rollcall. */
export type Definition = z.infer<typeof definitionSchema>;

/** Each repository is compared with each other: what no distribution has must not take minutes. */
const MOST_REPOSITORIES = 500;
const EXAMPLE = 'such as baseos-{release}';

/** One repository, or several that stand for the same: a system asks for one of them. */
const repositories = z.unknown().transform((value, context): RepositoryPattern[] => {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  const patterns = texts.map((text, at) => {
    const compiled = typeof text === 'string' && text !== '' ? repositoryPattern(text) : undefined;
    const fault = compiled && faultOf(compiled.text);
    if (compiled !== undefined && fault === undefined) return compiled;
    const empty = typeof text !== 'string' || text === '';
    const message = empty ? `is missing or empty: expected a repository, or a list of them, ${EXAMPLE}` : ONCE;
    const path = Array.isArray(value) ? [at] : [];
    context.addIssue({ code: 'custom', message: fault === undefined ? message : `expected ${fault}`, path });
    return z.NEVER;
  });
  if (patterns.length === 0) context.addIssue(`expected at least one repository, ${EXAMPLE}`);
  return patterns;
});
const ONCE = `expected a repository with {release} once, ${EXAMPLE}`;
const name = publishableText.min(1, 'expected a name as it stands in the User-Agent, such as AlmaLinux').max(64);
const edition = name.regex(/^[^A-Z]*$/, 'expected small letters: editions are counted in them, whatever is said');
const client = z.string().regex(/^[A-Za-z][\w.-]{0,63}$/, 'expected the first word of a User-Agent, such as libdnf');
const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected small letters, digits and hyphens, such as almalinux');

/**
 * Exactly one census repository for each system and release, and what it is compared with. A rule with `names` holds for
 * these os names, and for them no other does: images may ask for other repositories than the rest.
 */
const censusRule = z.strictObject({
  repository: repositories,
  crosschecks: z.array(repositories).default([]),
  names: z
    .array(name)
    .min(1, 'expected at least one os name; without the key the rule holds for all others')
    .optional(),
});
export type CensusRule = z.infer<typeof censusRule>;

const release = z.strictObject({
  os: name,
  version: z.string('expected text: put the version in quotes, as 8.10 would be read as 8.1'),
  released: day.optional(),
  end_of_life: day.optional(),
});

const definitionSchema = z.strictObject({
  id,
  name,
  homepage: webAddress('https://almalinux.org/'),
  site_url: z.union([z.literal(''), webAddress('https://count.example.org')]).default(''),
  licence: z.string().default('CC0-1.0'),
  headline: z.array(name).min(1, 'expected at least one os name: the headline counts its systems'),
  census: z.array(censusRule).min(1, 'expected at least one rule: which repository counts systems'),
  epel: censusRule.omit({ names: true }).optional(),
  optional: z
    .array(repositories)
    .default([])
    .transform((lists) => lists.flat()),
  names: z.array(name).default([]),
  editions: z.array(edition).default([]),
  /** Programs of its own that check in, beside dnf and rpm-ostree. They are counted where `--agent` names them. */
  clients: z.array(client).default([]),
  releases: z.array(release).default([]),
  repo_age_up_to: z.string('expected text: put the version in quotes').optional(),
  small_groups: z
    .strictObject({
      k: z.int().min(5, 'expected 5 or more: smaller groups cannot be protected').default(10),
      networks: z
        .int()
        .min(3, 'expected 3: the vault keeps no more')
        .max(3, 'expected 3: the vault keeps no more')
        .default(3),
    })
    .prefault({}),
  as_published: z.boolean().default(false),
  retired_sources: z.array(z.string()).default([]),
  annotations: z.array(annotationSchema).default([]),
});

/** Throws a ConfigurationError. `file` stands in messages only. */
export function readDefinition(file: string, text: string): Definition {
  return readConfiguration(file, text, definitionSchema, contradictions);
}

/** A repository that counts in two ways would count its systems twice, or against themselves. */
function contradictions(definition: Definition): Mistake[] {
  const { epel } = definition;
  const roles = [
    ...definition.census.flatMap((rule, at) => rolesOf(rule, rule.names ?? 'others', ['census', at])),
    ...(epel === undefined ? [] : rolesOf(epel, 'all', ['epel'])),
  ];
  if (roles.length > MOST_REPOSITORIES)
    return [{ path: ['census'], message: `names ${roles.length} repositories: expected ${MOST_REPOSITORIES} at most` }];
  return [
    // Without a release in the repository an upgrade in progress would count twice; of images there is none.
    ...roles.flatMap(({ path, pattern, holdsFor }) =>
      typeof holdsFor !== 'string' || pattern.text.includes(PLACEHOLDER) ? [] : [{ path, message: ONCE }],
    ),
    ...roles.flatMap(({ path, pattern, holdsFor }, at) => {
      const other = roles
        .slice(0, at)
        .find((role) => holdTogether(role.holdsFor, holdsFor) && overlap(role.pattern, pattern));
      if (other === undefined) return [];
      return [{ path, message: `is matched by ${pathText(other.path)} too: a repository can have one role only` }];
    }),
    ...definition.census.flatMap(({ names = [] }, at) =>
      names.flatMap((osName, place) => {
        const other = definition.census.slice(0, at).findIndex((rule) => rule.names?.includes(osName));
        if (other < 0) return [];
        return [
          { path: ['census', at, 'names', place], message: `is named by census[${other}] too: one rule counts it` },
        ];
      }),
    ),
    ...definition.releases.flatMap(({ released, end_of_life: end }, at) =>
      released !== undefined && end !== undefined && end <= released
        ? [{ path: ['releases', at, 'end_of_life'], message: `is not after the release on ${released}` }]
        : [],
    ),
  ];
}

/** `others`: whom no rule names. */
type HoldsFor = readonly string[] | 'others' | 'all';

function holdTogether(a: HoldsFor, b: HoldsFor): boolean {
  if (a === 'all' || b === 'all') return true;
  if (a === 'others' || b === 'others') return a === b;
  return a.some((osName) => b.includes(osName));
}

function overlap(a: RepositoryPattern, b: RepositoryPattern): boolean {
  return a.releaseOf(b.of('9')) !== undefined || b.releaseOf(a.of('9')) !== undefined;
}

interface PlacedPattern {
  /** As the file has it: of one repository alone there is no list. */
  path: (string | number)[];
  pattern: RepositoryPattern;
  holdsFor: HoldsFor;
}

function rolesOf(
  rule: Omit<CensusRule, 'names'>,
  holdsFor: HoldsFor,
  path: readonly (string | number)[],
): PlacedPattern[] {
  const placed = (patterns: readonly RepositoryPattern[], at: readonly (string | number)[]): PlacedPattern[] =>
    patterns.map((pattern, n) => ({ path: patterns.length === 1 ? [...at] : [...at, n], pattern, holdsFor }));
  return [
    ...placed(rule.repository, [...path, 'repository']),
    ...rule.crosschecks.flatMap((patterns, at) => placed(patterns, [...path, 'crosschecks', at])),
  ];
}
