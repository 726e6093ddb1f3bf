import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { KnownMetadata } from '../catalogue.ts';
import type { Metadata } from './metadata.ts';
import { secondsOf, timeText } from './time-text.ts';

/** What the master had of one repository, newest first. */
export type History = readonly KnownMetadata[];

/** How long metadata is known after it was replaced. What is older is told by its own timestamp. */
const KEPT_SECONDS = 7 * 86_400;
/** A master that writes new metadata with every request must not fill the state. */
const MOST_KEPT = 50;

/**
 * The history with what the master has now in front. What it had before and has again, as after a rollback, is its newest
 * again: first seen now, as far as the order of things goes.
 */
export function remember(history: History, seen: Metadata, now: EpochSeconds): KnownMetadata[] {
  const [newest] = history;
  if (newest?.sha256 === seen.sha256) return trim(history, now);
  const entry = { ...seen, timestamp: seen.timestamp ?? now, firstSeen: timeText(now) };
  return trim([entry, ...history.filter(({ sha256 }) => sha256 !== seen.sha256)], now);
}

/** The newest stays however old it is: a repository at rest is not a stale one. */
function trim(history: History, now: EpochSeconds): KnownMetadata[] {
  return history.filter((_, at) => at === 0 || now - replacedAt(history, at) <= KEPT_SECONDS).slice(0, MOST_KEPT);
}

/**
 * When the master replaced the entry at a place other than the first. This is what "how old is it" means for a mirror and
 * for a metalink's alternates: metadata that was in force for a month and was replaced an hour ago is an hour old.
 */
export function replacedAt(history: History, at: number): EpochSeconds {
  return secondsOf(history[at - 1]!.firstSeen);
}
