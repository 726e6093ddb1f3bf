import { z } from 'zod';
import { type EpochSeconds, SECONDS_PER_WEEK, type Week, weekStart } from '../../sightings/week.ts';
import type { TallyKey } from '../../tallies/tally-key.ts';
import { CLOSES_AFTER_SECONDS } from '../networks.ts';
import { VaultFault } from '../vault-fault.ts';
import type { Fact } from './facts.ts';

/** What a heap of facts says, whoever reads it, in whichever order it comes. */
export interface Reading {
  /** The vault that the others are added to; undefined of a new one. */
  state: (Fact & { about: StateAbout }) | undefined;
  /** What it has, by name, as far as that is still there beside it. */
  covered: ReadonlySet<string>;
  /** Those that are not in the state, in the order in which they are counted. */
  contributions: Contribution[];
  /** What was handed in in this epoch, by `qualityOf`: what stands in one that has ended may be dropped in this moment. */
  handedIn: ReadonlySet<string>;
  publications: (Fact & { about: PublicationAbout })[];
  keys: ReadonlyMap<string, TallyKey>;
  /** Those that are dropped with what is written now. */
  keysOfEpoch: readonly string[];
  /** Whether somebody has begun to settle it a moment ago. */
  isSettling: boolean;
  /** By the clock of the server that was asked: those who settle may have others. */
  readAt: number;
}

export type Contribution = Fact & { about: ContributionAbout };

const VERSION = 1;
const version = z.literal(VERSION);
const whole = z.number().int().nonnegative();

const contributionAbout = z.strictObject({
  version,
  candidates: whole,
  firstHour: whole.nullable(),
  /** The first of which it has counted lines. */
  firstWeek: whole.nullable(),
  /** The id of what it is sealed with; null where nothing is sealed. */
  key: z.string().nullable(),
  /** Of a spool: which segment it is, as more of it may come later; null of the tally of a log. */
  segment: z.string().nullable(),
});
const publicationAbout = z.strictObject({
  version,
  distribution: z.string(),
  number: whole.nullable(),
  revisions: z.array(z.tuple([whole, whole])),
});
const stateAbout = z.strictObject({
  version,
  parts: z.array(z.string()),
  /** Kinds and ids. */
  covers: z.array(z.string()),
  openWeeks: z.array(whole),
  /** Of all contributions and publications that were ever counted into it: they tell two states of one epoch apart. */
  contributions: whole,
  publications: whole,
});
/** By the clock of a server. */
const settlingAbout = z.strictObject({ version, at: whole });
const keyAbout = z.strictObject({ version, week: whole, key: z.string() });

export type ContributionAbout = z.infer<typeof contributionAbout>;
export type PublicationAbout = z.infer<typeof publicationAbout>;
export type StateAbout = z.infer<typeof stateAbout>;
export const ABOUT = { version: VERSION } as const;

/** Nobody settles for longer. */
const SETTLING_SECONDS = 600;

export function readFacts(facts: readonly Fact[]): Reading {
  const of = <About>(kind: Fact['kind'], form: z.ZodType<About>) => ofKind(facts, kind, form);
  const state = of('state', stateAbout).sort(byFulness)[0];
  const covered = new Set(state?.about.covers);
  const isNew = (fact: Fact) => !covered.has(nameOf(fact));
  const keyFacts = of('key', keyAbout);
  const keys = new Map(
    keyFacts.map(({ id, about }) => [id, { week: about.week as Week, key: Buffer.from(about.key, 'hex') }] as const),
  );
  // Nobody was told that it is in the vault: its key had gone with an epoch before it was all written.
  const canBeRead = ({ about }: Contribution) => about.key === null || keys.has(about.key);
  const handed = of('contribution', contributionAbout).filter(isNew).filter(canBeRead).sort(byQuality);
  return {
    state,
    covered,
    contributions: handed.filter(firstOfId()).sort(inOrder).filter(longestOfSegment()),
    handedIn: new Set(handed.filter(({ epoch }) => epoch === (state?.epoch ?? 0)).map(qualityOf)),
    publications: publicationsIn(of('publication', publicationAbout), facts).filter(isNew),
    keys,
    keysOfEpoch: keyFacts
      .filter(({ epoch }) => epoch === (state?.epoch ?? 0))
      .map(({ id }) => id)
      .sort(),
    isSettling: of('settling', settlingAbout).some(({ about, readAt }) => about.at > readAt - SETTLING_SECONDS),
    readAt: facts[0]?.readAt ?? 0,
  };
}

export function nameOf({ kind, id }: Pick<Fact, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}

/** Of a log that was handed in without networks, and now comes with them, both are wanted. */
export function qualityOf({ id, about }: Pick<Fact, 'id' | 'about'>): string {
  return `${id} ${(about as ContributionAbout).key === null}`;
}

function ofKind<About>(
  facts: readonly Fact[],
  kind: Fact['kind'],
  form: z.ZodType<About>,
): (Fact & { about: About })[] {
  return facts.filter((fact) => fact.kind === kind).map((fact) => ({ ...fact, about: aboutOf(fact, form) }));
}

function aboutOf<About>({ kind, about }: Fact, form: z.ZodType<About>): About {
  const read = form.safeParse(about);
  if (read.success) return read.data;
  throw new VaultFault(
    'unusable',
    `the vault in ClickHouse holds a ${kind} that this Rollcall does not know: upgrade Rollcall`,
  );
}

/**
 * Whoever asks sees all that was written before, so of two states of one epoch one holds all that the other does: that with
 * more. Whoever publishes makes sure that no epoch has ended meanwhile.
 */
function byFulness(a: Fact & { about: StateAbout }, b: Fact & { about: StateAbout }): number {
  return (
    b.epoch - a.epoch ||
    b.about.contributions - a.about.contributions ||
    b.about.publications - a.about.publications ||
    (a.id < b.id ? -1 : 1)
  );
}

/** Of one log that was handed in several times: with networks, and not torn by the end of an epoch. */
function byQuality(a: Contribution, b: Contribution): number {
  const isSealed = ({ about }: Contribution) => Number(about.key !== null);
  return isSealed(b) - isSealed(a) || b.epoch - a.epoch || (a.sha256 < b.sha256 ? -1 : 1);
}

function firstOfId(): (fact: Fact) => boolean {
  const seen = new Set<string>();
  return ({ id }) => !seen.has(id) && seen.add(id) !== undefined;
}

/** The others are what was written of it before. */
function longestOfSegment(): (contribution: Contribution) => boolean {
  const seen = new Set<string>();
  return ({ about: { segment } }) => segment === null || (!seen.has(segment) && seen.add(segment) !== undefined);
}

/** By time; of a log that has grown the longest first, which holds the others. */
function inOrder(a: Contribution, b: Contribution): number {
  return (
    (a.about.firstHour ?? -1) - (b.about.firstHour ?? -1) ||
    b.about.candidates - a.about.candidates ||
    (a.id < b.id ? -1 : 1)
  );
}

type Publication = Fact & { about: PublicationAbout };

/**
 * Those that are in effect, in the order in which they were made. A run shows what it has published only if nobody else has
 * published the same by then, and withdraws it otherwise; both may have been killed before.
 */
function publicationsIn(all: readonly Publication[], facts: readonly Fact[]): Publication[] {
  const idsOf = (kind: Fact['kind']) => new Set(facts.filter((fact) => fact.kind === kind).map(({ id }) => id));
  const [shown, withdrawn] = [idsOf('shown'), idsOf('withdrawn')];
  const left = all.filter(({ id }) => !withdrawn.has(id)).filter(firstOfId());
  return left
    .filter((publication) => {
      const rivals = left.filter((other) => other !== publication && areRivals(other.about, publication.about));
      if (!shown.has(publication.id)) return rivals.every(({ id }) => !shown.has(id) && publication.id < id);
      if (!rivals.some(({ id }) => shown.has(id))) return true;
      throw new VaultFault(
        'damaged',
        'two runs have published different things under one number from the vault in ClickHouse. Nothing was changed',
      );
    })
    .sort((a, b) => (a.about.number ?? 0) - (b.about.number ?? 0) || (a.id < b.id ? -1 : 1));
}

/** What was published of a distribution and neither withdrawn nor known to who asks. */
export function publicationsBeside(
  facts: readonly Fact[],
  distribution: string,
  known: ReadonlySet<string>,
): Publication[] {
  const withdrawn = new Set(facts.filter(({ kind }) => kind === 'withdrawn').map(({ id }) => id));
  return ofKind(facts, 'publication', publicationAbout).filter(
    (fact) => fact.about.distribution === distribution && !withdrawn.has(fact.id) && !known.has(nameOf(fact)),
  );
}

/** Whether only one of them can be true. */
function areRivals(a: PublicationAbout, b: PublicationAbout): boolean {
  if (a.distribution !== b.distribution) return false;
  const own = new Set(a.revisions.map(String));
  return (a.number !== null && a.number === b.number) || b.revisions.some((revision) => own.has(String(revision)));
}

/** P4: whether there is a week that is to be closed. */
export function isDue({ state, contributions }: Reading, now: EpochSeconds): boolean {
  const weeks = [...(state?.about.openWeeks ?? []), ...contributions.flatMap(({ about }) => about.firstWeek ?? [])];
  return weeks.some((week) => weekStart(week as Week) + SECONDS_PER_WEEK + CLOSES_AFTER_SECONDS <= now);
}
