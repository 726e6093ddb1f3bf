import { LINE_REASONS } from '../requests/line-reasons.ts';

/** The closed list of reasons for which a candidate is not counted, in the order in which they apply (C1). */
export const REASONS = [
  ...LINE_REASONS,
  'method',
  'path',
  'duplicate-key',
  'encoding',
  'age',
  'time',
  'time-range',
  'agent',
  'status',
] as const;

export type Reason = (typeof REASONS)[number];
