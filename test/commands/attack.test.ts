import { describe } from 'node:test';
import { attackedService } from '../support/attacked-service.ts';
import { attackedWeeks } from '../support/attacked-weeks.ts';

describe('C7 R11: a week of attack beside honest systems', () => {
  // In each of three hours as many names as pass the bounds of a log and of an hour.
  attackedWeeks({ systems: 500, requests: 3_600, networks: 1_000, isShort: true });
});

describe('G01: a minute of attack on the service', () => {
  attackedService({ systems: 200, requests: 200, networks: 100, slowConnections: 100, mostMegabytes: 2_000 });
});
