/**
 * Counters, gauges and histograms in the text format of Prometheus (exposition format 0.0.4). A client library would be
 * ten times this file, with its registry as module state; all it needs is a map of lines.
 */

export type Labels = Record<string, string>;

export interface Metrics {
  /** Adds to a counter; its name ends in `_total`. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Sorts seconds into the buckets of a histogram; its name ends in `_seconds`. */
  observe(name: string, labels: Labels, seconds: number): void;
  /** Asked whenever the page is read; undefined leaves the line out. `isOfStore`: the same in each process of a store. */
  gauge(name: string, help: string, read: Read, isOfStore?: boolean): void;
  /** Says what a counter or histogram means. */
  describe(name: string, help: string): void;
  read(): Promise<Measured>;
  /** The page, ending in a line feed. */
  text(): Promise<string>;
}

type Read = () => number | undefined | Promise<number | undefined>;

/** What was counted and measured, as values of JSON; by name, then by labels. */
export interface Measured {
  helps: Record<string, string>;
  counters: Record<string, Record<string, number>>;
  histograms: Record<string, Record<string, Histogram>>;
  gauges: Record<string, Record<string, Gauge>>;
}

/** Seconds. WeChat gives up after five: it never saw the answers in the last bucket. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Every label but the appid has values of our own: after this many lines nothing new is counted. */
const MOST_SERIES = 2_000;

export interface Gauge {
  value: number;
  isOfStore: boolean;
}

export interface Histogram {
  counts: number[];
  sum: number;
  total: number;
}

/** Rarely needed, and a counter is looked up for every push. */
const escape = (value: string): string =>
  /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;

/** Of labels as they are written on the page. */
export function seriesOf(labels: Labels): string {
  let series = '';
  for (const name in labels) series += `${series && ','}${name}="${escape(labels[name] ?? '')}"`;
  return series;
}

const line = (name: string, series: string, value: number): string => `${name}${series && `{${series}}`} ${value}`;

export function createMetrics(): Metrics {
  const helps = new Map<string, string>();
  const counters = new Map<string, Map<string, number>>();
  const histograms = new Map<string, Map<string, Histogram>>();
  const gauges = new Map<string, { read: Read; isOfStore: boolean }>();
  let series = 0;

  function place<Value>(all: Map<string, Map<string, Value>>, name: string, labels: Labels, fresh: () => Value) {
    let family = all.get(name);
    if (!family) all.set(name, (family = new Map<string, Value>()));
    const key = seriesOf(labels);
    if (!family.has(key)) {
      if (series >= MOST_SERIES) return undefined;
      series++;
      family.set(key, fresh());
    }
    return { family, key };
  }

  async function read(): Promise<Measured> {
    const measured: Measured['gauges'] = {};
    for (const [name, gauge] of gauges) {
      // One that cannot be read now, without its store, does not hide the others.
      const value = await Promise.resolve()
        .then(gauge.read)
        .catch(() => undefined);
      if (value !== undefined) measured[name] = { '': { value, isOfStore: gauge.isOfStore } };
    }
    return {
      helps: Object.fromEntries(helps),
      counters: asRecords(counters),
      histograms: asRecords(histograms),
      gauges: measured,
    };
  }

  return {
    describe: (name, help) => void helps.set(name, help),
    count: (name, labels = {}, by = 1) => {
      const found = place(counters, name, labels, () => 0);
      found?.family.set(found.key, (found.family.get(found.key) ?? 0) + by);
    },
    observe: (name, labels, seconds) => {
      const found = place(histograms, name, labels, () => ({ counts: BUCKETS.map(() => 0), sum: 0, total: 0 }));
      const histogram = found?.family.get(found.key);
      if (!histogram) return;
      const bucket = BUCKETS.findIndex((limit) => seconds <= limit);
      if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
      histogram.sum += seconds;
      histogram.total++;
    },
    gauge: (name, help, read, isOfStore = false) => {
      helps.set(name, help);
      gauges.set(name, { read, isOfStore });
    },
    read,
    text: async () => metricsText(await read()),
  };
}

const asRecords = <Value>(all: Map<string, Map<string, Value>>): Record<string, Record<string, Value>> =>
  Object.fromEntries([...all].map(([name, family]) => [name, Object.fromEntries(family)]));

export function metricsText({ helps, counters, histograms, gauges }: Measured): string {
  const head = (name: string, type: string): string[] => [
    `# HELP ${name} ${helps[name] ?? name}`,
    `# TYPE ${name} ${type}`,
  ];
  const lines: string[] = [];
  for (const [name, family] of Object.entries(counters)) {
    lines.push(...head(name, 'counter'), ...Object.entries(family).map(([key, value]) => line(name, key, value)));
  }
  for (const [name, family] of Object.entries(histograms)) {
    lines.push(...head(name, 'histogram'));
    for (const [key, { counts, sum, total }] of Object.entries(family)) {
      let below = 0;
      const before = key && `${key},`;
      BUCKETS.forEach((limit, index) => {
        below += counts[index] ?? 0;
        lines.push(line(`${name}_bucket`, `${before}le="${limit}"`, below));
      });
      lines.push(line(`${name}_bucket`, `${before}le="+Inf"`, total));
      lines.push(line(`${name}_sum`, key, sum), line(`${name}_count`, key, total));
    }
  }
  for (const [name, family] of Object.entries(gauges)) {
    lines.push(...head(name, 'gauge'), ...Object.entries(family).map(([key, { value }]) => line(name, key, value)));
  }
  return `${lines.join('\n')}\n`;
}
