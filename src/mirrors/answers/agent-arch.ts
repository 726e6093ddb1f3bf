import { readSystem } from '../../flow/sightings/system.ts';

/**
 * The architecture that dnf says in its User-Agent, which is its `$basearch`. AlmaLinux's repository files name none in
 * their address; by this, mirrors that have only some architectures can still be given to those whom they serve. Only
 * known names are believed, by whoever uses it.
 */
export function agentArch(agent: string | undefined, clients: readonly string[]): string | undefined {
  return agent === undefined ? undefined : readSystem(agent, clients)?.osArch || undefined;
}
