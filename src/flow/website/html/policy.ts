import { createHash } from 'node:crypto';
import { BADGE_RULES, chartStyle } from '../charts/colours.ts';

/** Charts and badges that are files bring their stylesheets along; there are two, and no other style in a file is applied. */
const STYLES = [chartStyle('auto'), chartStyle('auto', BADGE_RULES)].map(
  (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
);

/**
 * What a browser may do with all that is published: nothing is loaded from elsewhere, nothing inline is run or applied,
 * nothing is sent (F02). Pages say it themselves; a server says it of every file.
 */
export const SITE_POLICY = [
  "default-src 'none'",
  "img-src 'self'",
  `style-src 'self' ${STYLES.join(' ')}`,
  "script-src 'self'",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');
