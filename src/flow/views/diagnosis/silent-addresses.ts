import type { SourceAddresses } from '../../vault/vault.ts';
import { counted } from './finding.ts';

/** What is wrong with the addresses of a source, which say nothing (R12). */
export function describeSilence({ checkIns, withAddress, located, silence }: SourceAddresses): string {
  const of = `of ${counted(checkIns)} check-ins`;
  if (silence === 'few') return `nearly all ${of} come from at most three networks, as behind a proxy`;
  const local = withAddress - located;
  const parts = [
    ...(withAddress < checkIns ? [`${counted(checkIns - withAddress)} ${of} have no address`] : []),
    ...(local > 0 ? [`${counted(local)} ${of} have a local one`] : []),
  ];
  return parts.join(', ');
}

/** What to do about it. */
export const LOG_ADDRESSES = [
  'Let the server log the address of the client: real_ip_header in nginx, mod_remoteip in Apache, HostnameLookups off,',
  'or name the field that has it (as %{X-Forwarded-For}i, $http_x_forwarded_for) with --format. The counts are right.',
] as const;
