import type { ManifestId } from '../../views/publication/output-file.ts';
import type { WebsiteContext } from '../context.ts';
import type { Tables } from '../figures/tables.ts';
import type { Formats } from '../language/formats.ts';
import type { LanguageCode, Messages } from '../language/messages.ts';
import type { ChartPlan } from './chart-plan.ts';
import type { Child } from './element.ts';
import type { Links, PagePath } from './links.ts';

/** What a page is made from. */
export interface Here {
  path: PagePath;
  language: LanguageCode;
  words: Messages;
  formats: Formats;
  links: Links;
  tables: Tables;
  context: WebsiteContext;
}

export interface Page {
  path: PagePath;
  /** In the browser's bar, before the name of the site. */
  title: string;
  /** For search engines and previews. */
  description: string;
  content: readonly Child[];
  /** Charts to be published as files of their own. */
  charts: readonly ChartPlan[];
  /** A document of its time, around which stands nothing that tells of now. */
  isOfItsTime?: true;
  /** Only of a page that shows the manifest it belongs to. */
  showing?: (manifest: ManifestId) => Page;
}
