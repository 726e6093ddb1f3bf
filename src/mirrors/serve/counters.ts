/** What is counted of the service's own work: nothing of it is about a client. */
export const METRICS = {
  requests: {
    name: 'rollcall_requests_total',
    help: 'Requests by the kind of what was asked for, and the status of the answer.',
    labels: ['route', 'status'],
  },
  choices: {
    name: 'rollcall_choices_total',
    help: 'Lists by how much had to be given up so that they are not empty.',
    labels: ['resort'],
  },
  firstPlaces: {
    name: 'rollcall_first_places_total',
    help: 'Lists that a mirror is the first of: nearly all traffic goes there.',
    labels: ['mirror'],
  },
  floods: {
    name: 'rollcall_floods_total',
    help: 'Requests that were refused because one client sent too many.',
    labels: [],
  },
} as const satisfies Record<string, { name: string; help: string; labels: readonly string[] }>;

export type Metric = keyof typeof METRICS;

/** By metric and the values of its labels, with line breaks between. */
export type Counts = ReadonlyMap<string, number>;

const BETWEEN = '\n';

/** How often there was what leads here, and what may follow. */
interface Branch {
  count: number;
  next: Map<string, Branch>;
}

export class Counters {
  readonly #root: Branch = { count: 0, next: new Map() };

  /**
   * Labels are the program's own words or names of the catalogue, so that strangers cannot fill the memory. They are not
   * joined here: each request counts three times, and a new text has to be hashed to be found.
   */
  count(metric: Metric, ...labels: readonly string[]): void {
    let branch = branchOf(this.#root, metric);
    for (const label of labels) branch = branchOf(branch, label);
    branch.count += 1;
  }

  get counts(): Counts {
    return new Map(countsOf(this.#root, []));
  }
}

function branchOf({ next }: Branch, label: string): Branch {
  let branch = next.get(label);
  if (branch === undefined) {
    branch = { count: 0, next: new Map() };
    next.set(label, branch);
  }
  return branch;
}

function countsOf({ count, next }: Branch, labels: readonly string[]): [key: string, count: number][] {
  const further = [...next].flatMap(([label, branch]) => countsOf(branch, [...labels, label]));
  return count === 0 ? further : [[labels.join(BETWEEN), count], ...further];
}

export function sumOfCounts(all: readonly Counts[]): Counts {
  const sum = new Map<string, number>();
  for (const counts of all) for (const [key, count] of counts) sum.set(key, (sum.get(key) ?? 0) + count);
  return sum;
}

/** One number of the text that Prometheus reads. */
export interface Sample {
  labels: readonly (readonly [name: string, value: string])[];
  value: number;
}

export function samplesOf(counts: Counts, metric: Metric): Sample[] {
  return [...counts]
    .map(([key, value]) => ({ parts: key.split(BETWEEN), value }))
    .filter(({ parts }) => parts[0] === metric)
    .map(({ parts, value }) => ({
      labels: METRICS[metric].labels.map((name, index) => [name, parts[index + 1] ?? ''] as const),
      value,
    }));
}
