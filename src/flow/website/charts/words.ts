import type { Locale } from './look.ts';

/** What the charts themselves say; everything else comes with the chart. */
export interface ChartWords {
  week: string;
  name: string;
  country: string;
  low: string;
  high: string;
  note: string;
  doubtful: string;
  noNumber: string;
  empty: string;
}

export const CHART_WORDS: Record<Locale, ChartWords> = {
  en: {
    week: 'Week of',
    name: 'Name',
    country: 'Country',
    low: 'Repositories disagree by: least',
    high: 'Repositories disagree by: most',
    note: 'Note',
    doubtful: 'incomplete week',
    noNumber: 'no number',
    empty: 'No numbers yet',
  },
  ja: {
    week: '週の始まり',
    name: '名前',
    country: '国・地域',
    low: 'リポジトリ間の差：最小',
    high: 'リポジトリ間の差：最大',
    note: '注記',
    doubtful: '不完全な週',
    noNumber: '数値なし',
    empty: 'まだ数値がありません',
  },
};
