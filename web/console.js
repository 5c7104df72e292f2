// The console: asks the bot every few seconds while somebody looks, and shows what it says.

import {showCharts} from './charts.js';
import * as format from './format.js';
import {showHealth} from './health.js';
import {showLoggers} from './loggers.js';
import {$, announce, setFacts, setNotice} from './page.js';
import {NoAnswer, ask, problemOf} from './requests.js';
import {History, total} from './series.js';
import {showTelemetry} from './telemetry.js';

const kIntervalMs = 3_000;
const history = new History(10 * 60);
let timer = null;
let polling = false;
let answeredAt = null;
let silentSince = null;

async function poll() {
  if (polling) return;
  polling = true;
  clearTimeout(timer);
  try {
    showHealth(await ask('health'), await ask('ready'));
    const data = await ask('console/data');
    show(data, [$('charts-notice'), $('telemetry-notice')], showData);
    show(await ask('loggers'), [$('loggers-notice')], showLoggers);
    heard();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    notHeard(error);
  } finally {
    polling = false;
    schedule();
  }
}

function schedule() {
  clearTimeout(timer);
  if (document.visibilityState === 'visible') timer = setTimeout(poll, kIntervalMs);
}

function show(answer, notices, render) {
  for (const notice of notices) setNotice(notice, answer.ok ? '' : `What stands here is old: ${problemOf(answer)}.`, true);
  if (answer.ok) render(answer.body);
}

function showData(sample) {
  if (!history.add(sample)) announce('The bot was started again');
  const {service} = sample;
  const build = sample.metrics.build?.series[0]?.labels ?? {};
  if ($('name').textContent !== service.name) $('name').textContent = document.title = service.name;
  $('metrics-link').hidden = !sample.prometheus;
  const facts = [['version', build.version ?? ''], ['commit', build.commit ?? ''],
                 ['environment', service.environment], ['up', format.duration(total(sample, 'uptime'))],
                 ['as of', format.clock(new Date(sample.time * 1000))]];
  setFacts($('facts'), facts.filter(([, text]) => text !== ''));
  showCharts(history);
  showTelemetry(sample);
}

function heard() {
  answeredAt = new Date();
  if (silentSince) announce('The bot answers again');
  silentSince = null;
  document.body.classList.remove('silent');
  setNotice($('silence'), '');
}

function notHeard(error) {
  silentSince ??= new Date();
  document.body.classList.add('silent');
  $('state').className = 'state bad';
  $('state').textContent = 'no answer';
  const old = answeredAt ? ` What stands below was so at ${format.clock(answeredAt)}.` : '';
  setNotice($('silence'), `The bot has not answered since ${format.clock(silentSince)} (${error.message}).${old}`, true);
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') poll();
  else clearTimeout(timer);
});
poll();
