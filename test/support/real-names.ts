import { createLineFormatter, escapeAsNginx } from '../../src/fleet/access-log.ts';
import { type Age, type Cookie, flagOf, flagOfImage, newCookie } from '../../src/fleet/countme-client.ts';
import { drawAddress, drawCountry } from '../../src/fleet/networks.ts';
import { createRandom } from '../../src/fleet/random.ts';
import {
  agentOfProduct,
  flagged,
  PRODUCTS,
  type Product,
  type Server,
  targetsOf,
} from '../../src/fleet/repository-files.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { weekStart } from '../../src/flow/sightings/week.ts';

/** The systems of a log that holds each product so many times. */
export interface RealNames {
  log: string;
  products: readonly Product[];
}

export interface Asked {
  products(product: Product): boolean;
  /** Of the targets that a product asks for. */
  targets(target: string): boolean;
}

/** More than the largest budget: whoever is there in a week is counted in it. */
const REFRESHES = 7;

/**
 * The log of a distribution's servers in some weeks: so many systems of each product that asks them, doing what their
 * clients do with the repository files of 2026.
 */
export function realNamesLog(
  servers: readonly Server[],
  { systems, weeks, firstWeek, seed }: { systems: number; weeks: number; firstWeek: Week; seed: number },
  asked: Asked = { products: () => true, targets: () => true },
): RealNames {
  const random = createRandom(seed);
  const format = createLineFormatter();
  const products: Product[] = [];
  const lines: { time: number; line: string }[] = [];
  for (const product of PRODUCTS.filter((one) => asked.products(one))) {
    const targets = servers.flatMap((server) => targetsOf(product, server)).filter((target) => asked.targets(target));
    if (targets.length === 0) continue;
    products.push(product);
    for (let system = 0; system < systems; system += 1) {
      const address = drawAddress(drawCountry(random), random);
      const cookies = targets.map(newCookie);
      // Some have been there for long.
      for (const cookie of cookies) cookie.firstWeek = firstWeek - (system % 40);
      for (let at = 0; at < weeks; at += 1) {
        const week = (firstWeek + at) as Week;
        for (let refresh = 0; refresh < REFRESHES; refresh += 1) {
          const time = (weekStart(week) + refresh * 86_400 + random.below(86_390)) as EpochSeconds;
          for (const { target, age } of refreshOf(product, targets, cookies, week, random)) {
            const request = `GET ${age === 0 ? target : flagged(target, product.client, age)} HTTP/1.1`;
            const agent = escapeAsNginx(agentOfProduct(product));
            lines.push({
              time,
              line: format({ address, time, request, status: 200, bytes: 1234, referer: '-', agent }),
            });
          }
        }
      }
    }
  }
  lines.sort((a, b) => a.time - b.time);
  return { log: lines.map(({ line }) => `${line}\n`).join(''), products };
}

function refreshOf(
  { client }: Product,
  targets: readonly string[],
  cookies: readonly Cookie[],
  week: Week,
  random: ReturnType<typeof createRandom>,
): { target: string; age: Age | 0 }[] {
  if (client === 'libdnf') return targets.map((target, at) => ({ target, age: flagOf(cookies[at]!, week, random) }));
  const age = flagOfImage(cookies[0]!, week);
  return targets.map((target) => ({ target, age }));
}
