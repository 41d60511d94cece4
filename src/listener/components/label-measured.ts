/** What several components measured, told apart on one page. */
import { seriesOf, type Labels, type Measured } from '../http/metrics.ts';

export interface LabelledMeasured {
  labels: Labels;
  measured: Measured;
}

/** `own`: what is of the server in front of all, without a label. */
export function labelMeasured(own: Measured, components: LabelledMeasured[]): Measured {
  const joined: Measured = { ...own };
  for (const { labels, measured } of components) {
    const before = seriesOf(labels);
    joined.helps = { ...measured.helps, ...joined.helps };
    joined.counters = joinFamilies(joined.counters, measured.counters, before);
    joined.histograms = joinFamilies(joined.histograms, measured.histograms, before);
    joined.gauges = joinFamilies(joined.gauges, measured.gauges, before);
  }
  return joined;
}

type Families<Value> = Record<string, Record<string, Value>>;

function joinFamilies<Value>(all: Families<Value>, more: Families<Value>, before: string): Families<Value> {
  const joined = { ...all };
  for (const [name, family] of Object.entries(more)) {
    const labelled = Object.entries(family).map(([key, value]) => [key === '' ? before : `${before},${key}`, value]);
    joined[name] = { ...joined[name], ...(Object.fromEntries(labelled) as Record<string, Value>) };
  }
  return joined;
}
