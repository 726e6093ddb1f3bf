import type { Whole } from './messages.ts';

/** What an operator should look at. The service answers all the same, as long as it can. */
export interface Wellness {
  status: 'ok' | 'failing';
  reasons: string[];
}

/** A check runs every quarter of an hour: after so long it does not run at all. */
const OLDEST_CHECK_SECONDS = 2 * 3600;

/** `now` is in seconds. */
export function wellnessOf(whole: Whole, now: number): Wellness {
  const reasons = [
    ...catalogueReasons(whole),
    ...healthReasons(whole, now),
    ...countingReasons(whole),
    ...whole.tasks.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${TASKS[name]}: ${failure}`])),
    ...workerReasons(whole),
  ];
  return { status: reasons.length === 0 ? 'ok' : 'failing', reasons };
}

const TASKS = { fold: 'check-ins cannot be counted into the vault', publish: 'the site cannot be published' };

function catalogueReasons({ catalogue: { refused } }: Whole): string[] {
  return refused === undefined ? [] : [`the mirrors folder is refused, the one before is used: ${refused}`];
}

function healthReasons({ health }: Whole, now: number): string[] {
  if (health === undefined) return [];
  const refused =
    health.refused === undefined
      ? []
      : [`the state of the mirrors is refused, the one before is used: ${health.refused}`];
  const { checked } = health;
  if (checked === undefined) return [...refused, 'the mirrors have not been checked yet: run rollcall check'];
  const isOld = now - checked > OLDEST_CHECK_SECONDS;
  const hours = Math.floor((now - checked) / 3600);
  return isOld
    ? [...refused, `the mirrors were last checked ${hours} hours ago: does rollcall check still run?`]
    : refused;
}

function countingReasons({ workers }: Whole): string[] {
  const spools = workers.flatMap(({ spool }) => (spool === undefined ? [] : [spool]));
  const failing = spools.find((spool) => spool.failing !== undefined);
  const lost = spools.reduce((sum, spool) => sum + spool.lost, 0);
  return [
    ...(failing === undefined ? [] : [`check-ins cannot be written to the spool: ${failing.failing}`]),
    ...(lost === 0 ? [] : [`${lost} check-ins were lost since the start`]),
  ];
}

function workerReasons({ workers, workersWanted }: Whole): string[] {
  return workers.length < workersWanted ? [`${workers.length} of ${workersWanted} processes run`] : [];
}
