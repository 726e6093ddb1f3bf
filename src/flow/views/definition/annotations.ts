import { z } from 'zod';
import type { Annotation } from '../publication/tables.ts';
import { readConfiguration } from './configuration-file.ts';
import { day } from './day.ts';

/**
 * Something that happened, shown as a pin in charts. `grade` also judges the week that the day falls in: C for a week
 * known to be partial, X to exclude it.
 */
export const annotationSchema = z.strictObject({
  date: day,
  kind: z.enum(['release', 'end-of-life', 'rollout', 'outage', 'exclusion', 'note']),
  /** Whose numbers it concerns; `epel` stands on the EPEL page alone. */
  of: z.enum(['systems', 'epel']).default('systems'),
  text: z.string().min(1, 'expected a sentence for readers').max(200, 'expected at most 200 characters'),
  url: z.url('expected an address such as https://example.org/news').optional(),
  grade: z.enum(['C', 'X']).optional(),
});

export type GradedAnnotation = z.infer<typeof annotationSchema>;

/** Reads `annotations.yaml`: a list. Throws a ConfigurationError. */
export function readAnnotations(file: string, text: string): GradedAnnotation[] {
  return readConfiguration(file, text, z.array(annotationSchema));
}

export function publishedAnnotation({ date, kind, of, text, url }: GradedAnnotation): Annotation {
  return { date, kind, of, text, url };
}
