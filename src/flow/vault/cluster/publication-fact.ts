import type { Week } from '../../sightings/week.ts';
import type { RandomBytes } from '../networks.ts';
import type { NumberedManifest, PublicationState, RevisionView, WeekRevision } from '../published.ts';
import type { Vault } from '../vault.ts';
import { VaultFault } from '../vault-fault.ts';
import { ABOUT, type PublicationAbout } from './epochs.ts';
import type { NewFact } from './facts.ts';

/** All that a vault keeps of a publication, as `Vault.recordPublication` takes it. */
export interface PublishedFacts {
  distribution: string;
  revisions: readonly WeekRevision[];
  manifest: NumberedManifest | undefined;
  confirmed: readonly Week[];
  views: readonly RevisionView[];
  state: PublicationState | undefined;
}

const ID_BYTES = 16;

export function publicationFact(published: PublishedFacts, epoch: number, randomBytes: RandomBytes): NewFact {
  const { distribution, revisions, manifest } = published;
  const about: PublicationAbout = {
    ...ABOUT,
    distribution,
    number: manifest?.number ?? null,
    revisions: revisions.map(({ week, revision }) => [week, revision]),
  };
  const id = Buffer.from(randomBytes(ID_BYTES)).toString('hex');
  return { epoch, kind: 'publication', id, about, bytes: packed(published) };
}

/** A line of JSON that says how long the bytes behind it are: these are most of it. */
function packed({ revisions, views, ...others }: PublishedFacts): Buffer {
  const head = JSON.stringify({
    ...others,
    revisions: revisions.map(({ content, ...rest }) => ({ ...rest, length: content.length })),
    views: views.map(({ view, ...rest }) => ({ ...rest, length: view.length })),
  });
  return Buffer.concat([
    Buffer.from(`${head}\n`),
    ...revisions.map(({ content }) => content),
    ...views.map(({ view }) => view),
  ]);
}

type Sized = { week: Week; revision: number; length: number };

export function applyPublication(vault: Vault, bytes: Buffer): void {
  const end = bytes.indexOf('\n');
  const { revisions, views, distribution, manifest, confirmed, state } = JSON.parse(
    bytes.toString('utf8', 0, end),
  ) as Omit<PublishedFacts, 'revisions' | 'views'> & { revisions: Sized[]; views: Sized[] };
  let at = end + 1;
  const next = ({ length }: Sized) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const contents = revisions.map((sized) => ({ week: sized.week, revision: sized.revision, content: next(sized) }));
  const seen = views.map((sized) => ({ week: sized.week, revision: sized.revision, view: next(sized) }));
  try {
    vault.recordPublication(distribution, contents, manifest, confirmed, seen, state);
  } catch (error) {
    // Another run was faster, and this one was killed before it could withdraw: nobody has seen it.
    if (!(error instanceof VaultFault && error.kind === 'busy')) throw error;
  }
}
