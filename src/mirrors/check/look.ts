import type { Addresses, WebScheme, Whereabouts } from '../catalogue.ts';
import { type Answer, type Get, isAbsent, reasonOf } from './answer.ts';
import { MOST_METADATA_BYTES, readMetadata } from './metadata.ts';
import type { Group, MirrorPlan } from './plan.ts';
import { type Door, findDoors, type Reach } from './reach.ts';
import { addressesFor, type Target } from './targets.ts';

/** What a mirror was found to have of one repository. */
export type Finding =
  | { kind: 'found'; sha256: string; timestamp: number | undefined }
  | { kind: 'missing' }
  | { kind: 'unusable'; reason: string }
  | { kind: 'failed'; reason: string }
  | { kind: 'own-fault' };

/** Everything that a run saw of a mirror; plain data, not yet judged. */
export interface Sighting {
  plan: MirrorPlan;
  reach: Reach;
  /** By key; what was not looked at is as it was. */
  findings: ReadonlyMap<string, Finding>;
  /** Undefined if nobody asked, or nobody knows. */
  whereabouts?: Whereabouts | undefined;
}

/** Asks a mirror for what the plan says, and for more where a sample is not what it was. */
export async function lookAtMirror(plan: MirrorPlan, get: Get): Promise<Sighting> {
  const reach = await findDoors(plan.mirror, get);
  const findings = new Map<string, Finding>();
  const { open } = reach;
  if (open === undefined) return { plan, reach, findings };

  const lookAt = async (targets: readonly Target[]) => {
    const fresh = targets.filter(({ key }) => !findings.has(key));
    const found = await Promise.all(fresh.map((target) => findOne(plan, target, open, get)));
    for (const [at, { key }] of fresh.entries()) findings.set(key, found[at]!);
  };
  const isAsExpected = ({ sample, expected }: Group) => contentOf(findings.get(sample.key)) === expected;
  const groups = [plan.steady, plan.lagging].filter((group) => group !== undefined);

  await lookAt([...plan.due, ...groups.map(({ sample }) => sample)]);
  if (plan.steady !== undefined && !isAsExpected(plan.steady)) await lookAt(plan.steady.targets);
  if (plan.lagging !== undefined && (hasBeenWritten(plan, reach) || !isAsExpected(plan.lagging)))
    await lookAt(plan.lagging.targets);
  return { plan, reach, findings };
}

function contentOf(finding: Finding | undefined): string | undefined {
  return finding?.kind === 'found' ? finding.sha256 : finding?.kind;
}

/** Its TIME is compared with what it was: no clock is asked, neither ours nor the mirror's. */
function hasBeenWritten({ time }: MirrorPlan, reach: Reach): boolean {
  return reach.time !== time;
}

async function findOne(plan: MirrorPlan, target: Target, open: Door, get: Get): Promise<Finding> {
  const base = baseFor(addressesFor(plan.mirror, target)!, open.scheme);
  if (base === undefined) return { kind: 'missing' };
  const answer = await get(`${base}/${target.path}`, open.family, MOST_METADATA_BYTES);
  return findingOf(answer);
}

/** A module may have other schemes than the mirror. */
function baseFor(addresses: Addresses, scheme: WebScheme): string | undefined {
  return addresses[scheme] ?? addresses.http ?? addresses.https;
}

function findingOf(answer: Answer): Finding {
  if (isAbsent(answer)) return { kind: 'missing' };
  if (answer.kind === 'own-fault') return { kind: 'own-fault' };
  if (answer.kind === 'unusable') return answer;
  if (answer.kind !== 'body') return { kind: 'failed', reason: reasonOf(answer) };
  const metadata = readMetadata(answer.bytes);
  if (metadata === undefined)
    return { kind: 'unusable', reason: 'what is answered is not a repomd.xml: an error page, or half of it?' };
  return { kind: 'found', sha256: metadata.sha256, timestamp: metadata.timestamp };
}
