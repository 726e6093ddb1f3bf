import { describe } from 'node:test';
import { attackedService } from '../support/attacked-service.ts';
import { attackedWeeks } from '../support/attacked-weeks.ts';

/** Of each stranger: more than a week has room for. */
const REQUESTS = Number(process.env['ROLLCALL_TEST_REQUESTS'] ?? 100_000);

describe('a week of attack beside 20,000 honest systems', () => {
  attackedWeeks({ systems: 20_000, requests: REQUESTS, networks: 1_000 });
});

describe('an hour of attack on the service', () => {
  attackedService({
    systems: 5_000,
    requests: REQUESTS / 10,
    networks: 1_000,
    slowConnections: 1_000,
    mostMegabytes: 2_000,
  });
});
