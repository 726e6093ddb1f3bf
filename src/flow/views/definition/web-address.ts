import { z } from 'zod';

/** An address that a page can link to: not `javascript:`. */
export function webAddress(example: string) {
  return z.url({ protocol: /^https?$/, error: `expected an address such as ${example}` });
}
