// Arithmetic over samples: answers of /console/data. Counters are totals; what happened is the difference of two samples.

const none = [];

export const has = (sample, key) => key in sample.metrics;

/** The series of a metric, summed; `where` chooses by labels. A counter that is not there yet has counted nothing. */
export function total(sample, key, where = () => true) {
  let sum = 0;
  for (const series of sample.metrics[key]?.series ?? none) {
    if (where(series.labels)) sum += series.value;
  }
  return sum;
}

/** The largest of a metric's series; null: it has none. */
export function largest(sample, key) {
  return has(sample, key) ? Math.max(...sample.metrics[key].series.map((series) => series.value)) : null;
}

/** What a counter went up by; a series that was removed in between (its guild is gone) does not count below zero. */
export function increase(before, now, key, where) {
  return Math.max(0, total(now, key, where) - total(before, key, where));
}

export function rate(before, now, key, where) {
  const seconds = now.time - before.time;
  return seconds > 0 ? increase(before, now, key, where) / seconds : null;
}

/** The average of what a histogram recorded between two samples; null: nothing. */
export function average(before, now, key) {
  const count = (now.metrics[key]?.count ?? 0) - (before.metrics[key]?.count ?? 0);
  const sum = (now.metrics[key]?.sum ?? 0) - (before.metrics[key]?.sum ?? 0);
  return count > 0 ? Math.max(0, sum / count) : null;
}

/**
 * A quantile of what a histogram recorded between two samples, as Prometheus estimates it: evenly within a bucket.
 * Null: nothing was recorded, or there are no buckets. Infinity: beyond the last bucket.
 */
export function quantile(q, before, now, key) {
  const {bounds = none, buckets = none} = now.metrics[key] ?? {};
  const old = before.metrics[key]?.buckets ?? none;
  const counts = buckets.map((value, index) => Math.max(0, value - (old[index] ?? 0)));
  const all = counts.reduce((sum, value) => sum + value, 0);
  if (all === 0) return null;
  let rank = q * all;
  for (let i = 0; i < bounds.length; ++i) {
    if (counts[i] > 0 && rank <= counts[i]) {
      const low = i === 0 ? 0 : bounds[i - 1];
      return low + (bounds[i] - low) * (rank / counts[i]);
    }
    rank -= counts[i];
  }
  return Infinity;
}

/** The samples of one process, no longer ago than `seconds`. */
export class History {
  constructor(seconds) {
    this.seconds = seconds;
    this.samples = [];
  }

  get last() { return this.samples.at(-1); }

  /** False: another process answers than before; what came from that one is forgotten. */
  add(sample) {
    const same = this.samples.length === 0 || this.last.service.instance === sample.service.instance;
    if (!same) this.samples = [];
    this.samples.push(sample);
    while (this.samples[0].time < sample.time - this.seconds) this.samples.shift();
    return same;
  }

  /** The oldest sample that is at most that many seconds older than the last. */
  since(seconds) { return this.samples.find((sample) => sample.time >= this.last.time - seconds); }

  /** [time, value] of each pair of neighbours; longer gaps than `gap` seconds have no value. */
  between(value, gap) {
    return this.samples.slice(1).map((now, index) => {
      const before = this.samples[index];
      return [now.time, now.time - before.time > gap ? null : value(before, now)];
    });
  }
}
