import { describe } from 'node:test';
import { attackedWeeks } from '../support/attacked-weeks.ts';

const REQUESTS = Number(process.env['ROLLCALL_TEST_REQUESTS'] ?? 200_000);

describe('a week of attack beside 20,000 honest systems', () => {
  attackedWeeks({ systems: 20_000, requests: REQUESTS, networks: 1_000 });
});
