import { z } from 'zod';
import type { Path, Remarks } from './finding.ts';

/** Values of a YAML file whose scalars are all texts. */

export const text = z.string('expected a text');

export const flag = z.string('expected true or false').transform((word, context) => {
  // YAML 1.1, which the files are written for, has all of these.
  if (/^(?:true|yes|on)$/i.test(word)) return true;
  if (/^(?:false|no|off)$/i.test(word)) return false;
  context.addIssue('expected true or false');
  return z.NEVER;
});

/** A list, or its only item alone. */
export const texts = z
  .union([z.string().transform((item) => [item]), z.array(text)], 'expected a text or a list of texts')
  .default([]);

export function decimal(least: number, most: number) {
  return z.string(`expected a number from ${least} to ${most}`).transform((word, context) => {
    const number = Number(word);
    if (/^-?\d+(?:\.\d+)?$/.test(word) && number >= least && number <= most) return number;
    context.addIssue(`expected a number from ${least} to ${most}`);
    return z.NEVER;
  });
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `12h` in seconds. */
export const duration = z.string('expected a time such as 12h').transform((word, context) => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(word) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * SECONDS[unit]!;
  context.addIssue('expected a time such as 30m, 12h or 1d');
  return z.NEVER;
});

export const version = text.regex(/^[A-Za-z0-9][\w.+-]{0,31}$/, 'expected a version such as 9.8');
export const arch = text.regex(/^[A-Za-z0-9_]{1,31}$/, 'expected an architecture such as x86_64');
export const versions = z.array(version, 'expected a list of versions');
/** Of some versions; a list without versions is of all. */
export const arches = z
  .union([z.array(arch), z.record(version, z.array(arch))], 'expected a list, or versions with a list each')
  .transform((given) => (Array.isArray(given) ? [['', given] as const] : Object.entries(given)));

/** Reads by a schema; each mistake is a remark. `hints` are by key. Undefined if there is a mistake. */
export function readShape<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  hints: Readonly<Record<string, string>>,
  remarks: Remarks,
): Value | undefined {
  const parsed = schema.safeParse(value ?? {}, { error: explainIssue });
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    const key = path.findLast((part) => typeof part === 'string');
    const isMissing = path.length > 0 && valueAt(value, path) === undefined;
    remarks.fail(path, isMissing ? `is missing: ${message}` : message, hints[String(key ?? '')] ?? '');
  }
  return undefined;
}

function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return issue.expected === 'object' || issue.expected === 'record' ? 'expected keys' : `expected ${issue.expected}`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((within, key) => (within as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
