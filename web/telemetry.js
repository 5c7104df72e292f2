// What the telemetry says about itself: what was delivered, what waits and what was lost, and why.

import * as format from './format.js';
import {$, make, setFacts, setNotice, setText} from './page.js';
import {has, largest, total} from './series.js';

const kSignals = [
  {title: 'Traces', name: 'span', spooled: 'traces'},
  {title: 'Logs', name: 'log', spooled: 'logs'},
  {title: 'Metrics', name: 'point', spooled: 'metrics'},
];

const good = (labels) => labels['error.type'] === '';

export function showTelemetry(sample) {
  const signals = kSignals.filter(({name}) => has(sample, `${name}_exported`) || has(sample, `${name}_processed`));
  setNotice($('telemetry-notice'), signals.length > 0 ? '' : sample.otlp
    ? 'Nothing is exported: no signal has an exporter.' : 'Nothing is exported by OTLP (monitoring.otlp.enabled is off).');
  const table = $('signals');
  table.hidden = signals.length === 0;
  table.classList.toggle('with-spool', has(sample, 'spool_limit'));
  const body = table.tBodies[0];
  for (const signal of signals) fill(rowOf(body, signal), sample, signal);
  setFacts($('telemetry-facts'), facts(sample));
}

function rowOf(body, {title, name}) {
  const found = body.querySelector(`[data-signal="${name}"]`);
  if (found) return found;
  const row = make('tr', {'data-signal': name}, make('th', {scope: 'row'}, title),
                   make('td', {class: 'queue'}, make('meter', {min: 0, 'aria-label': `Queue of ${title.toLowerCase()}`}),
                        ' ', make('span')),
                   ...['inflight', 'delivered', 'lost', 'spooled'].map((kind) => make('td', {class: `number ${kind}`})));
  body.append(row);
  return row;
}

function fill(row, sample, {name, spooled}) {
  const cell = (kind) => row.querySelector(`.${kind}`);
  const capacity = total(sample, `${name}_capacity`);
  const queue = total(sample, `${name}_queue`);
  const meter = cell('queue').firstChild;
  meter.hidden = capacity === 0;
  Object.assign(meter, {max: capacity || 1, low: capacity * 0.5, high: capacity * 0.85, optimum: 0, value: queue});
  setText(cell('queue').lastChild, capacity === 0 ? '–' : `${format.count(queue)} / ${format.count(capacity)}`);
  setText(cell('inflight'), format.count(total(sample, `${name}_inflight`)));
  setText(cell('delivered'), format.count(total(sample, `${name}_exported`, good)));
  setText(cell('spooled'), format.count(total(sample, 'spool_items', ({signal}) => signal === spooled)));
  const lost = losses(sample, name);
  const text = lost.map(([reason, amount]) => `${format.count(amount)} ${reason.replaceAll('_', ' ')}`).join(', ');
  setText(cell('lost'), text || '0');
  cell('lost').classList.toggle('bad', lost.length > 0);
}

/** [reason, how many], what was dropped before it could be sent and what could not be. */
function losses(sample, name) {
  const byReason = new Map();
  for (const key of [`${name}_processed`, `${name}_exported`]) {
    for (const {labels, value} of sample.metrics[key]?.series ?? []) {
      if (good(labels) || value === 0) continue;
      byReason.set(labels['error.type'], (byReason.get(labels['error.type']) ?? 0) + value);
    }
  }
  return [...byReason];
}

function facts(sample) {
  const list = [];
  if (has(sample, 'spool_limit')) {
    const oldest = has(sample, 'spool_oldest') ? largest(sample, 'spool_oldest') : 0;
    list.push(['Spool', `${format.bytes(total(sample, 'spool_size'))} of ${format.bytes(total(sample, 'spool_limit'))}` +
      (oldest > 0 ? `, the oldest waits for ${format.duration(oldest)}` : '') +
      (total(sample, 'spool_usable') === 1 ? '' : ', its folder cannot be used')]);
  }
  list.push(['Console and log files', `${format.count(total(sample, 'local_logs_lost'))} records lost`]);
  list.push(['Series', `${format.count(total(sample, 'series'))}, ${
    format.count(total(sample, 'folded_writes'))} writes folded, ${
    format.count(total(sample, 'dropped_values'))} values dropped`]);
  if (has(sample, 'span_filtered') && total(sample, 'span_filtered') > 0) {
    list.push(['Spans left out on purpose', format.count(total(sample, 'span_filtered'))]);
  }
  if (has(sample, 'flight_lost')) list.push(['Flight recorder', `${format.count(total(sample, 'flight_lost'))} lost`]);
  return list;
}
