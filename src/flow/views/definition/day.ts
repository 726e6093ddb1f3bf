import { z } from 'zod';

/** An ISO day that exists: not 31 February. */
export const day = z.iso.date('expected a day that exists, such as 2025-05-27');
