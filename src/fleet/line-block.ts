import type { EpochSeconds } from '../flow/sightings/week.ts';
import { createTimeFormatter } from './access-log.ts';
import { drawAddress, drawAnyAddress, drawCountry } from './networks.ts';
import type { Random } from './random.ts';
import { createLottery, zipfWeights } from './random.ts';

/**
 * Collects log lines as bytes, without a string or an object for each: for logs of gigabytes. A line is an address, the
 * time, and two prepared parts.
 */
export interface LineBlock {
  /** Gives the length of the line in bytes. */
  append(address: Uint8Array, time: EpochSeconds, request: Uint8Array, agent: Uint8Array): number;
  /** Whether the block should be taken before the next line. */
  isFull(): boolean;
  /** The lines so far; they stay valid until the next `append`. */
  take(): Uint8Array;
}

const BLOCK_BYTES = 1024 * 1024;
/** `15/Dec/2021:17:02:12 +0000] ` */
const STAMP_BYTES = 28;

export function createLineBlock(longestLine: number): LineBlock {
  const memory = new Uint8Array(BLOCK_BYTES + longestLine);
  const timeOf = createTimeFormatter();
  const stamp = Buffer.alloc(STAMP_BYTES);
  let stampedTime = -1;
  let used = 0;
  return {
    append(address, time, request, agent) {
      if (time !== stampedTime) {
        stamp.write(`${timeOf(time)}] `, 'latin1');
        stampedTime = time;
      }
      const start = used;
      memory.set(address, used);
      used += address.length;
      memory.set(stamp, used);
      used += stamp.length;
      memory.set(request, used);
      used += request.length;
      memory.set(agent, used);
      used += agent.length;
      return used - start;
    },
    isFull: () => used >= BLOCK_BYTES,
    take() {
      const block = memory.subarray(0, used);
      used = 0;
      return block;
    },
  };
}

/** `"GET / HTTP/1.1" 200 5 "-" "`: what stands between the time and the User-Agent. */
export function requestPart(request: string, status: number, bytes: number, referer = '-'): Uint8Array {
  return Buffer.from(`"${request}" ${status} ${bytes} "${referer}" "`, 'latin1');
}

export function agentPart(agent: string): Uint8Array {
  return Buffer.from(`${agent}"\n`, 'latin1');
}

const ADDRESSES = 65_536;

/** Addresses with what follows them in a line, from all countries; the first ones are busier, like NAT gateways. */
export function createAddressPool(random: Random): (random: Random) => Uint8Array {
  const addresses = Array.from({ length: ADDRESSES }, () =>
    Buffer.from(`${drawAddress(drawCountry(random), random)} - - [`, 'latin1'),
  );
  const draw = createLottery(zipfWeights(ADDRESSES, 0.4));
  return (of) => addresses[draw(of)]!;
}

/** Addresses from everywhere, hardly one of them twice. */
export function createAnyAddress(ipv6Share: number): (random: Random) => Uint8Array {
  return (random) => Buffer.from(`${drawAnyAddress(ipv6Share, random)} - - [`, 'latin1');
}

/** Room for any address and time. */
export const LONGEST_PREFIX = 100;
