// What the bot does now, and did since the page was opened.

import * as format from './format.js';
import {$, make, setText} from './page.js';
import {average, has, increase, largest, quantile, rate, total} from './series.js';

const kSvg = 'http://www.w3.org/2000/svg';
const kWidth = 300;
const kHeight = 64;
const kGap = 15;           // seconds without a sample that interrupt a line
const kRecent = 60;        // seconds that "last minute" means

const failed = ({status}) => status !== 'success';
const refused = ({status_code: code}) => !/^[123]/.test(code);

// A chart: a title; the metric that it needs; how a value is shown; lines, each a name for the style and its value between
// two samples; the number that stands large and the note, of the last minute. dots: values come now and then.

/** A counter of what goes well and what does not. */
function flow(title, key, bad, noun) {
  return {
    title, key, show: format.frequency,
    lines: [['main', (before, now) => rate(before, now, key)], ['errors', (before, now) => rate(before, now, key, bad)]],
    headline: (before, now) => rate(before, now, key),
    note: (before, now) => {
      const all = increase(before, now, key);
      const wrong = increase(before, now, key, bad);
      if (all === 0) return `no ${noun}s in the last minute`;
      return `${format.count(all)} ${all === 1 ? noun : `${noun}s`} in the last minute, ${format.percent(1 - wrong / all)} went well`;
    },
  };
}

/** A value that is what it is. */
function level(title, key, show, sum, note) {
  const value = (before, now) => (has(now, key) ? sum(now, key) : null);
  return {title, key, show, lines: [['main', value]], headline: value, note: (before, now) => note(now)};
}

function databaseNote(before, now) {
  const p95 = quantile(0.95, before, now, 'query_duration');
  const errors = increase(before, now, 'query_errors');
  const slow = p95 === null ? 'no statement' : p95 === Infinity ? '95 % beyond the last bucket'
                                                               : `95 % within ${format.latency(p95)}`;
  return `${slow} in the last minute, ${format.count(errors)} failed`;
}

const kCharts = [
  flow('Commands', 'commands', failed, 'command'),
  flow('API requests', 'api_requests', refused, 'request'),
  flow('Jobs', 'jobs', failed, 'job'),
  level('Voice connections', 'voice_connections', format.count, total,
        (now) => `${format.count(total(now, 'voice_attempts', failed))} of ${
          format.count(total(now, 'voice_attempts'))} joins failed since the start`),
  {title: 'Database, average', key: 'query_duration', show: format.latency, dots: true,
   lines: [['main', (before, now) => average(before, now, 'query_duration')]],
   headline: (before, now) => average(before, now, 'query_duration'), note: databaseNote},
  level('Gateway latency', 'gateway_latency', format.latency, largest,
        (now) => `the slowest shard; ${format.count(total(now, 'guilds'))} guilds`),
  level('Memory', 'memory', format.bytes, total,
        (now) => `${format.bytes(total(now, 'heap', ({type}) => type === 'heap_inuse'))} of the heap in use`),
  level('Processor', 'cpu', format.percent, total,
        (now) => `${format.count(total(now, 'threads'))} threads`),
];

const figures = new Map();

/** Draws a chart for each metric that the bot has. */
export function showCharts(history) {
  for (const chart of kCharts) {
    if (!has(history.last, chart.key) && !figures.has(chart)) continue;
    if (!figures.has(chart)) {
      figures.set(chart, new Figure(chart));
      $('charts').replaceChildren(...kCharts.flatMap((each) => figures.get(each)?.root ?? []));
    }
    figures.get(chart).draw(history);
  }
}

/** A number, a line over time, and what else there is to say. */
class Figure {
  constructor(chart) {
    this.chart = chart;
    this.title = make('h3', {}, chart.title);
    this.now = make('output', {class: 'now'});
    this.note = make('p', {class: 'note'});
    this.from = make('span');
    this.pointed = make('span', {class: 'pointed'});
    this.svg = document.createElementNS(kSvg, 'svg');
    this.svg.setAttribute('viewBox', `0 0 ${kWidth} ${kHeight}`);
    this.svg.setAttribute('preserveAspectRatio', 'none');
    this.svg.setAttribute('role', 'img');
    this.area = this.path('area');
    this.paths = chart.lines.map(([name]) => this.path(name));
    this.root = make('figure', {class: 'chart', 'data-chart': chart.key},
                     make('figcaption', {}, this.title, this.now), this.svg,
                     make('p', {class: 'range'}, this.from, this.pointed, make('span', {}, 'now')), this.note);
    this.svg.addEventListener('pointermove', (event) => this.point(event));
    this.svg.addEventListener('pointerleave', () => this.point(null));
  }

  path(name) {
    const path = document.createElementNS(kSvg, 'path');
    path.setAttribute('class', name);
    this.svg.append(path);
    return path;
  }

  draw(history) {
    const {chart} = this;
    const now = history.last;
    const before = history.since(kRecent);
    const headline = chart.headline(before, now);
    setText(this.now, headline === null ? '–' : chart.show(headline));
    setText(this.note, chart.note(before, now));

    this.end = now.time;
    this.span = Math.max(1, Math.ceil((now.time - history.samples[0].time) / 60)) * 60;
    this.lines = chart.lines.map(([, value]) => history.between(value, kGap));
    const known = this.lines[0].map(([, value]) => value).filter((value) => value !== null);
    this.top = Math.max(...known, 0);
    this.lines.forEach((points, index) => {
      const nothing = index > 0 && points.every(([, value]) => !value);
      this.paths[index].setAttribute('d', nothing ? '' : this.line(points));
    });
    this.area.setAttribute('d', chart.dots ? '' : this.line(this.lines[0], true));
    this.title.title = now.metrics[chart.key]?.name ?? '';
    const span = format.duration(this.span);
    setText(this.from, `${span} ago`);
    this.point(null);
    this.svg.setAttribute('aria-label', known.length === 0
      ? `${chart.title}: nothing yet`
      : `${chart.title} over the last ${span}: ` +
        `from ${chart.show(Math.min(...known))} to ${chart.show(this.top)}`);
  }

  x(time) { return kWidth * (1 - (this.end - time) / this.span); }
  y(value) { return this.top === 0 ? kHeight - 1 : kHeight - 1 - (kHeight - 3) * value / this.top; }

  /** The path through the points, interrupted where there is no value; closed down to the axis as an area. */
  line(points, closed = false) {
    let path = '';
    let run = [];
    const finish = () => {
      if (run.length === 1) run.push(run[0]);
      if (run.length > 0) {
        path += 'M' + run.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
        if (closed) path += `L${run.at(-1)[0].toFixed(1)} ${kHeight}L${run[0][0].toFixed(1)} ${kHeight}Z`;
      }
      run = [];
    };
    for (const [time, value] of points) {
      if (value === null) finish();
      else run.push([this.x(time), this.y(value)]);
    }
    finish();
    return path;
  }

  /** Says the value under the pointer, else the largest. */
  point(event) {
    const known = (this.lines?.[0] ?? []).filter(([, value]) => value !== null);
    if (known.length === 0) {
      setText(this.pointed, '');
    } else if (event === null) {
      setText(this.pointed, `max ${this.chart.show(this.top)}`);
    } else {
      const box = this.svg.getBoundingClientRect();
      const time = this.end - this.span * (1 - (event.clientX - box.left) / box.width);
      const [at, value] = known.reduce((best, next) => Math.abs(next[0] - time) < Math.abs(best[0] - time) ? next : best);
      setText(this.pointed, `${this.chart.show(value)} at ${format.clock(new Date(at * 1000))}`);
    }
  }
}
