import { z } from 'zod';
import { faultOf } from '../files/plain-text.ts';

/** A text of the operator's that files and pages take as it is: found out now, not when everything has been counted. */
export const publishableText = z.string().superRefine((text, context) => {
  const fault = faultOf(text);
  if (fault !== undefined) context.addIssue(`expected ${fault}`);
});
