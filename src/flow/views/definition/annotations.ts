import { z } from 'zod';
import type { Annotation } from '../publication/tables.ts';
import { readConfiguration } from './configuration-file.ts';
import { day } from './day.ts';
import { publishableText } from './publishable-text.ts';
import { webAddress } from './web-address.ts';

/**
 * Something that happened, shown as a pin in charts. `grade` also judges the week that the day falls in: C for a week
 * known to be partial, X to exclude it.
 */
export const annotationSchema = z.strictObject({
  date: day,
  kind: z.enum(['release', 'end-of-life', 'rollout', 'outage', 'exclusion', 'note']),
  /** Whose numbers it concerns; `epel` stands on the EPEL page alone. */
  of: z.enum(['systems', 'epel']).default('systems'),
  text: publishableText.min(1, 'expected a sentence for readers').max(200, 'expected at most 200 characters'),
  url: webAddress('https://example.org/news').optional(),
  grade: z.enum(['C', 'X']).optional(),
});

export type GradedAnnotation = z.infer<typeof annotationSchema>;

const annotationFile = z
  .array(annotationSchema, 'expected a list of events, each with "- date:", kind and text')
  // All events may have been commented out.
  .default([]);

/** Reads `annotations.yaml`: a list. Throws a ConfigurationError. */
export function readAnnotations(file: string, text: string): GradedAnnotation[] {
  return readConfiguration(file, text, annotationFile);
}

export function publishedAnnotation({ date, kind, of, text, url }: GradedAnnotation): Annotation {
  return { date, kind, of, text, url };
}
