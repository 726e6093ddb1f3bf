import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTING_CLIENTS } from '../../../src/flow/sightings/system.ts';
import { agentArchReader } from '../../../src/mirrors/answers/agent-arch.ts';

test('the architecture of a client stands in its User-Agent, if it is one of dnf', () => {
  const agents: [string | undefined, string | undefined][] = [
    ['libdnf (AlmaLinux 9.8; generic; Linux.x86_64)', 'x86_64'],
    ['libdnf (AlmaLinux 10.2; generic; Linux.x86_64_v2)', 'x86_64_v2'],
    ['libdnf', undefined],
    ['curl/8.0', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  const agentArch = agentArchReader(COUNTING_CLIENTS);
  // Twice, as what was read is remembered.
  for (const [agent, arch] of [...agents, ...agents]) assert.equal(agentArch(agent), arch, agent);
});
