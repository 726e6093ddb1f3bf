import { watchCharts } from './charts.ts';
import { startComparison } from './compare-form.ts';
import { offerCopies } from './copies.ts';
import { watchFreshness } from './freshness.ts';
import { sortTables } from './tables.ts';

/** Runs in the reader's browser, as a module: when the page has been read. Every page works without it. */
watchFreshness(document.body);
for (const section of document.querySelectorAll<HTMLElement>('.question')) watchCharts(section);
for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) sortTables(table);
offerCopies(document);
const form = document.querySelector<HTMLFormElement>('#compare');
if (form !== null) void startComparison(form);
