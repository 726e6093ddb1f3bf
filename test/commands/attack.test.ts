import { describe } from 'node:test';
import { attackedWeeks } from '../support/attacked-weeks.ts';

describe('a week of attack beside honest systems', () => {
  // In each of three hours as many names as pass the bounds of a log and of an hour.
  attackedWeeks({ systems: 500, requests: 3_600, networks: 1_000, isShort: true });
});
