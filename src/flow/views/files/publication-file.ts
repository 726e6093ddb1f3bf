import { z } from 'zod';
import { mondayOf } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import { METHOD, type Publication } from '../publication/tables.ts';
import { weekOfDay } from '../publication/week-name.ts';
import { jsonFile } from './json-file.ts';
import { madeWith } from './made-with.ts';

export const PUBLICATION_FILE = 'data/publication.json';

const DAY = z.iso.date();
const MOMENT = z.iso.datetime();

/** What stands in `data/publication.json`. */
export type PublicationDocument = z.infer<typeof PUBLICATION_SHAPE>;
export const PUBLICATION_SHAPE = z.object({
  method: z.literal(METHOD),
  distribution: z.string(),
  unit: z.literal('systems'),
  made_with: z.string(),
  name: z.string(),
  homepage: z.string(),
  site_url: z.string(),
  licence: z.string(),
  headline: z.array(z.string()),
  census: z.array(z.string()),
  crosschecks: z.array(z.string()),
  epel: z.array(z.string()),
  epel_crosschecks: z.array(z.string()),
  releases: z.array(
    z.object({
      os: z.string(),
      version: z.string(),
      released: DAY.nullable(),
      end_of_life: DAY.nullable(),
    }),
  ),
  repo_age_up_to: z.string().nullable(),
  protection: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('small-groups'), k: z.int().min(1), networks: z.int().min(0) }),
    z.object({ kind: z.literal('as-published') }),
  ]),
  updated: MOMENT,
  next_update: MOMENT,
  stale: z.boolean(),
  implausible_ages: z.array(
    z.object({
      os: z.string(),
      version: z.string(),
      edition: z.string(),
      client: z.string(),
      since: DAY,
    }),
  ),
  audit: z.object({ hidden: z.int().min(0), weeks: z.int().min(0) }),
});

/** What no table says, and pages do: with it everything that is published can be made again from the folder `data`. */
export function publicationFile(publication: Publication): OutputFile {
  const { method, distribution, protection, updated, nextUpdate, isStale, implausibleAges, audit } = publication;
  const document: PublicationDocument = {
    method,
    distribution: distribution.id,
    unit: 'systems',
    made_with: madeWith(),
    name: distribution.name,
    homepage: distribution.homepage,
    site_url: distribution.siteUrl,
    licence: distribution.licence,
    headline: [...distribution.headline],
    census: [...distribution.census],
    crosschecks: [...distribution.crosschecks],
    epel: [...distribution.epel],
    epel_crosschecks: [...distribution.epelCrosschecks],
    releases: distribution.releases.map(({ os, version, released, endOfLife }) => {
      return { os, version, released: released ?? null, end_of_life: endOfLife ?? null };
    }),
    repo_age_up_to: distribution.repoAgeUpTo ?? null,
    protection,
    updated,
    next_update: nextUpdate,
    stale: isStale,
    implausible_ages: implausibleAges.map(({ os, version, edition, client, since }) => {
      return { os, version, edition, client, since: mondayOf(since) };
    }),
    audit,
  };
  return jsonFile(PUBLICATION_FILE, document);
}

/** The same again. */
export function publicationOf(
  document: PublicationDocument,
): Pick<
  Publication,
  'method' | 'distribution' | 'protection' | 'updated' | 'nextUpdate' | 'isStale' | 'implausibleAges' | 'audit'
> {
  return {
    method: document.method,
    distribution: {
      id: document.distribution,
      name: document.name,
      homepage: document.homepage,
      siteUrl: document.site_url,
      licence: document.licence,
      headline: document.headline,
      census: document.census,
      crosschecks: document.crosschecks,
      epel: document.epel,
      epelCrosschecks: document.epel_crosschecks,
      releases: document.releases.map(({ os, version, released, end_of_life }) => {
        return { os, version, released: released ?? undefined, endOfLife: end_of_life ?? undefined };
      }),
      repoAgeUpTo: document.repo_age_up_to ?? undefined,
    },
    protection: document.protection,
    updated: document.updated,
    nextUpdate: document.next_update,
    isStale: document.stale,
    implausibleAges: document.implausible_ages.map(({ since, ...group }) => ({ ...group, since: weekOfDay(since) })),
    audit: document.audit,
  };
}
