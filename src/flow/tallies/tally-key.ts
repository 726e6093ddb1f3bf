import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { type EpochSeconds, SECONDS_PER_WEEK, type Week, weekOf, weekStart } from '../sightings/week.ts';

/**
 * What those share who make tallies and who count them: the key of a week. That of each later week follows from it, and
 * none of an earlier one: whoever has moved on cannot open what was sealed before, and needs no new key.
 */
export interface TallyKey {
  week: Week;
  key: Uint8Array;
}

export const KEY_BYTES = 32;
/** As long as the key of a vault (P4): who hands in tallies once a week is in time. */
const KEPT_SECONDS = 8 * 86_400;
/** More would be a clock that is wrong by years, or a file that was made up. */
const MOST_WEEKS_AHEAD = 2_000;

const KEY_FILE = /^rollcall-tally-key 1 (\d{4}) ([0-9a-f]{64})\n?$/;

export function keyText({ week, key }: TallyKey): string {
  return `rollcall-tally-key 1 ${week} ${Buffer.from(key).toString('hex')}\n`;
}

/** Undefined if the text is none. */
export function readKeyText(text: string): TallyKey | undefined {
  const parts = KEY_FILE.exec(text);
  return parts === null ? undefined : { week: Number(parts[1]) as Week, key: Buffer.from(parts[2]!, 'hex') };
}

/** The key of a week; undefined where it cannot be had any more. */
export function keyAt({ week, key }: TallyKey, wanted: Week): TallyKey | undefined {
  if (wanted < week || wanted > week + MOST_WEEKS_AHEAD) return undefined;
  let next = key;
  for (let at: number = week; at < wanted; at++) next = createHmac('sha256', next).update('the next week').digest();
  return { week: wanted, key: next };
}

/** What of a key may still be there: that of the first week that is not over for long. */
export function withoutPast(key: TallyKey, now: EpochSeconds): TallyKey {
  const first = Math.floor((now - KEPT_SECONDS - weekStart(0 as Week)) / SECONDS_PER_WEEK) as Week;
  return keyAt(key, first) ?? key;
}

/** Tells keys of one week apart, and nothing of the key. */
function nameOf({ key }: TallyKey): Buffer {
  return createHmac('sha256', key).update('its name').digest().subarray(0, NAME_BYTES);
}

const NAME_BYTES = 8;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WEEK_AT = 0;
const NAME_AT = 4;
const SALT_AT = NAME_AT + NAME_BYTES;
const TAG_AT = SALT_AT + SALT_BYTES;
const SEALED_AT = TAG_AT + TAG_BYTES;

/** What is sealed can be read only with the key, and only beside what is `bound` to it. `salt`: random bytes. */
export function seal(key: TallyKey, plain: Uint8Array, bound: Uint8Array, salt: Uint8Array): Buffer {
  const head = Buffer.alloc(TAG_AT);
  head.writeUInt32LE(key.week, WEEK_AT);
  nameOf(key).copy(head, NAME_AT);
  head.set(salt.subarray(0, SALT_BYTES), SALT_AT);
  const cipher = createCipheriv('aes-256-gcm', ...secretsOf(key, head));
  cipher.setAAD(Buffer.concat([head, bound]));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([head, cipher.getAuthTag(), sealed]);
}

export type Opened =
  | { kind: 'open'; plain: Uint8Array }
  /** The key of its week is gone, or not there yet. */
  | { kind: 'past' | 'future' }
  | { kind: 'other-key' }
  | { kind: 'damaged' };

export function open(key: TallyKey, bytes: Uint8Array, bound: Uint8Array): Opened {
  const sealed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (sealed.length < SEALED_AT) return { kind: 'damaged' };
  const week = sealed.readUInt32LE(WEEK_AT) as Week;
  if (week < key.week) return { kind: 'past' };
  const ofWeek = keyAt(key, week);
  if (ofWeek === undefined) return { kind: 'future' };
  const head = sealed.subarray(0, TAG_AT);
  if (!nameOf(ofWeek).equals(head.subarray(NAME_AT, SALT_AT))) return { kind: 'other-key' };
  const decipher = createDecipheriv('aes-256-gcm', ...secretsOf(ofWeek, head));
  decipher.setAAD(Buffer.concat([head, bound]));
  decipher.setAuthTag(sealed.subarray(TAG_AT, SEALED_AT));
  try {
    return { kind: 'open', plain: Buffer.concat([decipher.update(sealed.subarray(SEALED_AT)), decipher.final()]) };
  } catch {
    return { kind: 'damaged' };
  }
}

/** A key and a nonce for each file: of one key no two files are sealed with the same. */
function secretsOf({ key }: TallyKey, head: Buffer): [key: Buffer, nonce: Buffer] {
  const secrets = hkdfSync('sha256', key, head.subarray(SALT_AT, TAG_AT), 'rollcall tally', KEY_BYTES + NONCE_BYTES);
  const bytes = Buffer.from(secrets);
  return [bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES)];
}

/** The key that tallies are sealed with now; undefined if the clock is wrong by more than a week. */
export function keyNow(key: TallyKey, now: EpochSeconds): TallyKey | undefined {
  const week = weekOf(now);
  // Whose clock is a little behind when a week begins meets a key of that week.
  return week === key.week - 1 ? key : keyAt(key, week);
}
