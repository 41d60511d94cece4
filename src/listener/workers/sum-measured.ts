/** What several processes measured, as one. */
import type { Histogram, Measured } from '../http/metrics.ts';

export function sumMeasured(all: readonly Measured[]): Measured {
  const sum: Measured = { helps: {}, counters: {}, histograms: {}, gauges: {} };
  for (const { helps, counters, histograms, gauges } of all) {
    Object.assign(sum.helps, helps);
    addAll(sum.counters, counters, (one, other) => one + other);
    addAll(sum.histograms, histograms, addHistograms);
    addAll(sum.gauges, gauges, (one, other) =>
      other.isOfStore ? other : { ...other, value: one.value + other.value },
    );
  }
  return sum;
}

/** What stays of a process that has ended: what it counted. */
export const countedBy = (measured: Measured): Measured => ({ ...measured, gauges: {} });

function addAll<Value>(
  sum: Record<string, Record<string, Value>>,
  added: Record<string, Record<string, Value>>,
  add: (one: Value, other: Value) => Value,
): void {
  for (const [name, family] of Object.entries(added)) {
    const to = (sum[name] ??= {});
    for (const [key, value] of Object.entries(family)) {
      const before = to[key];
      to[key] = before === undefined ? value : add(before, value);
    }
  }
}

const addHistograms = (one: Histogram, other: Histogram): Histogram => ({
  counts: one.counts.map((count, index) => count + (other.counts[index] ?? 0)),
  sum: one.sum + other.sum,
  total: one.total + other.total,
});
