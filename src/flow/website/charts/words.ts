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
    low: 'Lowest repository',
    high: 'Highest repository',
    note: 'Note',
    doubtful: 'incomplete week',
    noNumber: 'no number',
    empty: 'No numbers yet',
  },
  ja: {
    week: '週の始まり',
    name: '名前',
    country: '国・地域',
    low: '最小のリポジトリ',
    high: '最大のリポジトリ',
    note: '注記',
    doubtful: '不完全な週',
    noNumber: '数値なし',
    empty: 'まだ数値がありません',
  },
};
