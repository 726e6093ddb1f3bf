import { METRICS, type Metric, type Sample, samplesOf } from './counters.ts';
import type { Whole } from './messages.ts';
import { wellnessOf } from './wellness.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  samples: readonly Sample[];
}

/** What Prometheus reads. No label is about a client. `now` is in seconds. */
export function metricsText(whole: Whole, now: number): string {
  return [...countedFamilies(whole), ...spoolFamilies(whole), ...stateFamilies(whole, now)].map(familyText).join('');
}

function countedFamilies({ counts }: Whole): Family[] {
  return (Object.keys(METRICS) as Metric[]).map((metric) => {
    const { name, help, labels } = METRICS[metric];
    const samples = samplesOf(counts, metric);
    // Without labels there is one number from the start; else what has not happened yet is not there.
    return { name, help, type: 'counter', samples: labels.length > 0 || samples.length > 0 ? samples : [plain(0)] };
  });
}

function spoolFamilies({ workers }: Whole): Family[] {
  const spools = workers.flatMap(({ spool }) => (spool === undefined ? [] : [spool]));
  const sum = (value: (spool: (typeof spools)[number]) => number) =>
    spools.reduce((all, spool) => all + value(spool), 0);
  return [
    gauge(
      'rollcall_spool_waiting',
      'Check-ins that are not on the disk yet.',
      sum(({ waiting }) => waiting),
    ),
    gauge(
      'rollcall_spool_lost',
      'Check-ins that running processes could not keep.',
      sum(({ lost }) => lost),
    ),
    gauge(
      'rollcall_spool_failing',
      'Processes that cannot write to the spool.',
      sum(({ failing }) => Number(failing !== undefined)),
    ),
  ];
}

function stateFamilies(whole: Whole, now: number): Family[] {
  const { catalogue, health, workers, tasks } = whole;
  const memory = workers.reduce((sum, worker) => sum + worker.memory, 0);
  const connections = workers.reduce((sum, worker) => sum + worker.connections, 0);
  const age = (since: number | undefined) => (since === undefined ? [] : [plain(now - since)]);
  return [
    gauge('rollcall_failing', '1 if /healthz is red.', Number(wellnessOf(whole, now).status === 'failing')),
    gauge('rollcall_processes', 'Processes that answer.', workers.length),
    gauge('rollcall_connections', 'Open connections.', connections),
    gauge('rollcall_memory_bytes', 'Resident memory of the processes that answer.', memory),
    gauge('rollcall_mirrors', 'Mirrors of the catalogue.', catalogue.mirrors),
    gauge(
      'rollcall_catalogue_findings',
      'Errors and warnings of the catalogue in use.',
      catalogue.errors + catalogue.warnings,
    ),
    gauge('rollcall_catalogue_refused', '1 if the mirrors folder is refused.', Number(catalogue.refused !== undefined)),
    gauge('rollcall_catalogue_age_seconds', 'Since the catalogue in use was loaded.', now - catalogue.loaded),
    { ...gauge('rollcall_state_age_seconds', 'Since the mirrors were checked.', 0), samples: age(health?.checked) },
    {
      ...gauge('rollcall_task_age_seconds', 'Since the task was last done.', 0),
      samples: tasks.flatMap(({ name, lastDone }) =>
        age(lastDone).map(({ value }) => ({ labels: [['task', name] as const], value })),
      ),
    },
  ];
}

function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', samples: [plain(value)] };
}

function plain(value: number): Sample {
  return { labels: [], value };
}

function familyText({ name, help, type, samples }: Family): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelsText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelsText(labels: Sample['labels']): string {
  if (labels.length === 0) return '';
  return `{${labels.map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}
