import { en } from './en.ts';
import { ja } from './ja.ts';

export type LanguageCode = 'en' | 'ja';

/** All words of the site. The English catalogue says which there are; the compiler holds the others to it. */
export type Messages = typeof en;

export const LANGUAGES: readonly LanguageCode[] = ['en', 'ja'];
export const MESSAGES: Record<LanguageCode, Messages> = { en, ja };
