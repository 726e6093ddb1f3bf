import { z } from 'zod';
import { annotationSchema } from './annotations.ts';
import { type Mistake, readConfiguration } from './configuration-file.ts';
import { day } from './day.ts';
import { publishableText } from './publishable-text.ts';
import { type RepositoryPattern, repositoryPattern } from './repository-pattern.ts';
import { webAddress } from './web-address.ts';

/** What of a distribution is counted as what. One YAML file; those in `distributions/` ship with Rollcall. */
export type Definition = z.infer<typeof definitionSchema>;

const pattern = z.string().transform((text, context): RepositoryPattern => {
  const compiled = repositoryPattern(text);
  if (compiled !== undefined) return compiled;
  context.addIssue('expected a repository with {release} once, such as baseos-{release}');
  return z.NEVER;
});
const plainPattern = publishableText.min(1, 'expected the name of a repository, such as extras-{release}');
const name = publishableText.min(1, 'expected a name as it stands in the User-Agent, such as AlmaLinux').max(64);
const edition = name.regex(/^[^A-Z]*$/, 'expected small letters: editions are counted in them, whatever is said');
const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected small letters, digits and hyphens, such as almalinux');

/** Exactly one census repository for each system and release, and what it is compared with. */
const censusRule = z.strictObject({ repository: pattern, crosschecks: z.array(pattern).default([]) });
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
  epel: censusRule.optional(),
  optional: z.array(plainPattern).default([]),
  names: z.array(name).default([]),
  editions: z.array(edition).default([]),
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
  const roles = [
    ...definition.census.flatMap((rule, at) => rolesOf(rule, ['census', at])),
    ...(definition.epel === undefined ? [] : rolesOf(definition.epel, ['epel'])),
  ];
  return [
    ...roles.flatMap(({ path, pattern }, at) => {
      const other = roles.slice(0, at).find((role) => overlap(role.pattern, pattern));
      if (other === undefined) return [];
      const where = other.path.join('.').replaceAll(/\.(\d+)/g, '[$1]');
      return [{ path, message: `is matched by ${where} too: a repository can have one role only` }];
    }),
    ...definition.releases.flatMap(({ released, end_of_life: end }, at) =>
      released !== undefined && end !== undefined && end <= released
        ? [{ path: ['releases', at, 'end_of_life'], message: `is not after the release on ${released}` }]
        : [],
    ),
  ];
}

function overlap(a: RepositoryPattern, b: RepositoryPattern): boolean {
  return a.releaseOf(b.of('9')) !== undefined || b.releaseOf(a.of('9')) !== undefined;
}

function rolesOf(
  rule: CensusRule,
  path: (string | number)[],
): { path: (string | number)[]; pattern: RepositoryPattern }[] {
  return [
    { path: [...path, 'repository'], pattern: rule.repository },
    ...rule.crosschecks.map((pattern, at) => ({ path: [...path, 'crosschecks', at], pattern })),
  ];
}
