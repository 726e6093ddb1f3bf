import type { LanguageCode } from '../language/messages.ts';

/** The folder of a page within its language, with a slash at its end; empty for the home page. */
export type PagePath = string;

/** Links of one page to others. All are relative: the site may lie in any folder of any server. */
export interface Links {
  page(path: PagePath): string;
  /** The same page in another language. */
  language(code: LanguageCode): string;
  /** `path` is from the root of the site. */
  file(path: string): string;
}

export function linksFrom(language: LanguageCode, page: PagePath): Links {
  const depth = folderOf(language, page).split('/').length - 1;
  const root = depth === 0 ? './' : '../'.repeat(depth);
  return {
    page: (path) => root + folderOf(language, path),
    language: (code) => root + folderOf(code, page),
    file: (path) => root + path,
  };
}

/** English pages lie at the root, others in a folder of their language. */
export function folderOf(language: LanguageCode, page: PagePath): string {
  return language === 'en' ? page : `${language}/${page}`;
}
