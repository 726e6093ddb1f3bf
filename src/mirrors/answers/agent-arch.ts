import { remembered } from '../../flow/sightings/remembered.ts';
import { readSystem } from '../../flow/sightings/system.ts';

/** All that there are, and the rest is mischief. */
const MOST_AGENTS = 4_096;

/**
 * The architecture that dnf says in its User-Agent, which is its `$basearch`. AlmaLinux's repository files name none in
 * their address; by this, mirrors that have only some architectures can still be given to those whom they serve. Only
 * known names are believed, by whoever uses it.
 */
export function agentArchReader(clients: readonly string[]): (agent: string | undefined) => string | undefined {
  const read = remembered(MOST_AGENTS, (agent) => ({ arch: readSystem(agent, clients)?.osArch || undefined }));
  return (agent) => (agent === undefined ? undefined : read(agent).arch);
}
