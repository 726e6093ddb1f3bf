import { z } from 'zod';
import type { NetworkList } from '../catalogue.ts';
import { readSubnet } from './subnet.ts';

export const CLOUDS = ['aws', 'azure', 'gcp', 'oci'] as const;
export type Cloud = (typeof CLOUDS)[number];

/** Azure publishes its networks under an address that changes every week, on a page for people. */
const LISTS: Record<Cloud, string | undefined> = {
  aws: 'https://ip-ranges.amazonaws.com/ip-ranges.json',
  azure: undefined,
  gcp: 'https://www.gstatic.com/ipranges/cloud.json',
  oci: 'https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json',
};

/** Undefined for a cloud whose list has no fixed address. */
export function listOfCloud(cloud: Cloud, regions: readonly string[]): NetworkList | undefined {
  const url = LISTS[cloud];
  return url === undefined ? undefined : { url, regions: regions.includes('all') ? [] : regions };
}

const text = z.string().optional();
const amazonAndGoogle = z.object({
  prefixes: z.array(z.object({ ip_prefix: text, ipv4Prefix: text, ipv6Prefix: text, region: text, scope: text })),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: text, region: text })).default([]),
});
const oracle = z.object({
  regions: z.array(z.object({ region: z.string(), cidrs: z.array(z.object({ cidr: text })) })),
});
const plain = z.array(z.string());

interface Range {
  subnet: string | undefined;
  region: string | undefined;
}

/** The networks in what was loaded from a list's address, parsed as JSON; undefined if it has no form that is known. */
export function networksIn(list: NetworkList, json: unknown): string[] | undefined {
  const ranges = rangesIn(json);
  if (ranges === undefined) return undefined;
  const isWanted = ({ region }: Range) => list.regions.length === 0 || list.regions.includes(region ?? '');
  return ranges.filter(isWanted).flatMap(({ subnet }) => {
    const verdict = readSubnet(subnet ?? '');
    return 'value' in verdict ? [verdict.value] : [];
  });
}

function rangesIn(json: unknown): Range[] | undefined {
  const listed = plain.safeParse(json);
  if (listed.success) return listed.data.map((subnet) => ({ subnet, region: undefined }));
  const cloud = amazonAndGoogle.safeParse(json);
  if (cloud.success) {
    return [
      ...cloud.data.prefixes.map(({ ip_prefix, ipv4Prefix, ipv6Prefix, region, scope }) => ({
        subnet: ip_prefix ?? ipv4Prefix ?? ipv6Prefix,
        region: region ?? scope,
      })),
      ...cloud.data.ipv6_prefixes.map(({ ipv6_prefix, region }) => ({ subnet: ipv6_prefix, region })),
    ];
  }
  const regions = oracle.safeParse(json);
  if (!regions.success) return undefined;
  return regions.data.regions.flatMap(({ region, cidrs }) => cidrs.map(({ cidr }) => ({ subnet: cidr, region })));
}
