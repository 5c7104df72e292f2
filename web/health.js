// What /health and /ready say.

import {$, announce, make, setNotice, setText} from './page.js';

const kWell = ['ok', 'connected'];
const kNeutral = ['stopped'];
let shown = '';
const before = new Map();

const toneOf = (word) => (kWell.includes(word) ? 'good' : kNeutral.includes(word) ? 'neutral' : 'bad');

/** `live` and `ready` are the probes' answers. */
export function showHealth(live, ready) {
  const state = $('state');
  const [word, tone] = ready.ok ? ['ready', 'good'] : live.ok ? ['alive, not ready', 'weak'] : ['unavailable', 'bad'];
  setState(state, word, tone);
  const text = JSON.stringify([live, ready]);
  if (text === shown) return;
  shown = text;

  const {status, loops = {}, shards = {}, ...checks} = {...ready.body, ...live.body};
  setNotice($('health-notice'), live.ok || Object.keys({...loops, ...shards, ...checks}).length > 0
    ? '' : 'Not connected yet, or not any more.');
  const probes = {'/health': live.ok ? 'ok' : 'unavailable', '/ready': ready.ok ? 'ok' : 'unavailable'};
  $('health').replaceChildren(
    ...group('Probes', probes), ...group('Checks', checks), ...group('Background loops', loops),
    ...group('Shards', shards));
}

function setState(element, word, tone) {
  if (element.textContent !== word && before.has('state')) announce(`The bot is ${word}`);
  before.set('state', word);
  element.className = `state ${tone}`;
  setText(element, word);
}

function group(title, states) {
  const entries = Object.entries(states);
  if (entries.length === 0) return [];
  return [make('div', {class: 'group'}, make('h3', {}, title), make('ul', {}, ...entries.map(([name, word]) => {
    const key = `${title} ${name}`;
    if (before.has(key) && before.get(key) !== word) announce(`${title}: ${name} is ${word}`);
    before.set(key, word);
    return make('li', {class: `state ${toneOf(word)}`, 'data-name': name}, make('span', {}, name), ' ', make('b', {}, word));
  }))) ];
}
