import { type Choice, type ChosenMirror, leftOut, type Resort, type Wish } from '../selection/choose.ts';
import { keysOf, ownValue } from '../selection/fitness.ts';
import type { Located, Tier } from '../selection/rank.ts';
import type { Snapshot } from '../selection/snapshot.ts';
import type { ChoosingClient } from './list.ts';

/**
 * Why a client gets the mirrors that it gets, for itself: it holds what is known of its network, but not its address.
 */
export interface ChoiceExplanation {
  client: { network: string; country: string; asn: number | string; place: string };
  asked: { version: string; repository: string; arch: string };
  mirrors: { name: string; address: string; why: string; kilometres?: number | undefined }[];
  /** Mirrors that are not in the list for their health, the nearest first. */
  leftOut: { name: string; why: string }[];
  note: string;
}

export function explainChoice(snapshot: Snapshot, wish: Wish, client: ChoosingClient, choice: Choice, now: number) {
  const { scope } = wish;
  return {
    client: describeClient(client.located),
    asked: { version: scope.version, repository: scope.repository ?? 'none', arch: scope.arch ?? 'any' },
    mirrors: choice.mirrors.map((mirror) => describeChosen(snapshot, mirror)),
    leftOut: leftOut(snapshot, wish, client.located, client.address, now).map((index) =>
      describeLeftOut(snapshot, wish, client.located, index),
    ),
    note: [choice.isEmergency ? EMERGENCY : '', RESORTS[choice.resort]].filter((part) => part !== '').join(' '),
  } satisfies ChoiceExplanation;
}

function describeClient({ family, country, asn, point }: Located): ChoiceExplanation['client'] {
  return {
    network: `your network, by IP${family}`,
    country: country ?? 'not known',
    asn: asn ?? 'not known',
    place: point === undefined ? 'not known' : 'known',
  };
}

const TIER_REASONS: Record<Tier, string> = {
  network: 'it is declared for your network',
  asn: 'it is declared for the provider of your network',
  'near-same-network': 'it stands with the provider of your network, in your country and near you',
  near: 'it is in your country and not known to be far from you',
  country: 'it is in your country',
  distance: 'it is in another country, by its distance',
  continent: 'it is on your continent',
  world: 'nothing nearer is known',
};

const EMERGENCY = 'Only mirrors with the newest metadata are given out at the moment.';

const RESORTS: Record<Resort, string> = {
  none: '',
  'any-country': 'No healthy mirror is in the country that was asked for, so mirrors of other countries are given out.',
  'any-family': 'No healthy mirror is known to answer on your kind of address, so all healthy mirrors are given out.',
  outdated: 'No mirror is up to date, so the least outdated are given out.',
  master: 'No mirror is up to date, so the distribution itself answers.',
  unfit: 'No mirror passed its checks, so all are given out in the hope that one answers.',
  vault: 'There are no mirrors, so the vault answers.',
  nothing: 'No address is known at all.',
};

function describeChosen({ mirrors }: Snapshot, { from, base, tier, kilometres }: ChosenMirror) {
  if (typeof from !== 'number') return { name: from, address: base, why: 'the distribution itself has it' };
  return {
    name: mirrors[from]!.mirror.name,
    address: base,
    why: TIER_REASONS[tier!],
    kilometres: kilometres === undefined ? undefined : Math.round(kilometres),
  };
}

function describeLeftOut(snapshot: Snapshot, wish: Wish, { family }: Located, index: number) {
  const { mirror, reaches } = snapshot.mirrors[index]!;
  const health = ownValue(snapshot.state?.mirrors ?? {}, mirror.name);
  const bad = keysOf(snapshot.catalogue, snapshot.state, wish.scope)
    .map((key) => ({ key, health: ownValue(health?.repositories ?? {}, key) }))
    .find(({ health }) => health !== undefined && !(health.isListed && health.verdict === 'current'));
  const why = !reaches[family]
    ? `it does not answer on IP${family}: ${health?.[family]?.reason ?? 'it has no such address'}`
    : `${bad?.key ?? 'this repository'}: ${bad?.health?.verdict ?? 'not checked'}, ${bad?.health?.reason ?? ''}`;
  return { name: mirror.name, why };
}
