import { isWithheld, type PublishedWeek } from '../../views/publication/tables.ts';
import type { Series, TimeSeries } from '../charts/chart.ts';
import { type Group, groupFormula } from '../figures/breakdown.ts';
import type { Column, CountedWeek, Filter } from '../figures/tables.ts';
import { systemsFormula } from '../figures/tables.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import type { Here } from '../html/here.ts';
import { plainText, type Sentence } from '../language/sentence.ts';
import { groupName } from './names.ts';

export interface SeriesQuestion {
  id: string;
  title: string;
  summary: Sentence;
  form: TimeSeries['form'];
  week: CountedWeek;
  column: Column;
  groups: readonly Group[];
  toneOf?: (group: Group) => Series['tone'];
  /** What shares are shares of, if not of all systems: what the groups add up to. */
  whole?: Filter;
}

/** A chart over all weeks with one series for each group of systems. */
export function seriesPlan(here: Here, question: SeriesQuestion): ChartPlan {
  const { id, title, summary, form, week, groups } = question;
  const toneOf =
    question.toneOf ?? (({ name }) => (name === here.words.names.other || isWithheld(name) ? 'grey' : 'plain'));
  const series = groups.map((group) => ({
    name: groupName(here.words, group.name),
    values: group.values,
    tone: toneOf(group),
  }));
  const chart = timeSeries(here, { id, title, summary: plainText(summary), form, series, band: undefined });
  return { chart, summary, week, source: { kind: 'columns', formulas: formulasOf(here, question) } };
}

/** Shares are shares of the groups shown, which are all there are. */
function formulasOf({ tables }: Here, { form, column, groups, whole: filter = {} }: SeriesQuestion): string[] {
  const own = groups.map((group) => groupFormula(tables, column, group));
  const whole = systemsFormula(tables, '*', filter);
  return form === 'share' ? own.map((formula) => `div(${formula},${whole})`) : own;
}

type Given = Pick<TimeSeries, 'id' | 'title' | 'summary' | 'form' | 'series' | 'band'>;

export function timeSeries({ tables, words }: Here, given: Given): TimeSeries {
  const { weeks, annotations } = tables.publication;
  // EPEL's charts have ids of their own; what happened to EPEL does not explain the distribution's numbers.
  const about = given.id.startsWith('epel-') ? 'epel' : 'systems';
  return {
    kind: 'time-series',
    ...given,
    weeks: tables.mondays,
    doubtful: weeks.map(isDoubtful),
    pins: annotations.filter(({ of }) => of === about).map(({ date, text }) => ({ date, text })),
    unit: given.form === 'share' ? words.units.share : words.units.systems,
  };
}

/** Drawn hollow, and joined to no other week. */
export function isDoubtful({ systems, grade }: PublishedWeek): boolean {
  return systems !== null && grade === 'C';
}
