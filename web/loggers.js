// The loggers and their levels. What is shown is what the bot said, never what was asked for.

import * as format from './format.js';
import {$, announce, make, setNotice, setText} from './page.js';
import {NoAnswer, ask, problemOf} from './requests.js';

const kLevels = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL', 'OFF'];
const rows = new Map();
let refused = '';

/** `answer` is that of GET /loggers. */
export function showLoggers({level, third_party_level: thirdParty, loggers, changes_refused: reason = ''}) {
  refused = reason;
  setNotice($('loggers-notice'), reason && `Levels cannot be changed from here: ${reason}.`);
  setText($('default-levels'), `Loggers without a level of their own: ${level}; those of other libraries: ${thirdParty}.`);
  const names = new Set(loggers.map(({name}) => name));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.root.remove();
    rows.delete(name);
  }
  for (const report of loggers) {
    if (!rows.has(report.name)) rows.set(report.name, new Row(report.name));
    rows.get(report.name).show(report, true);
  }
  const body = $('loggers').tBodies[0];
  loggers.forEach(({name}, index) => {
    const {root} = rows.get(name);
    if (body.children[index] !== root) body.insertBefore(root, body.children[index] ?? null);
  });
  $('loggers').hidden = loggers.length === 0;
}

class Row {
  constructor(name) {
    this.name = name;
    this.report = null;
    this.unsure = false;
    this.changing = 0;  // requests for a change that are not answered yet
    const problem = `problem-${rows.size}-${Math.random().toString(36).slice(2)}`;
    this.select = make('select', {'aria-label': `Level of ${name}`, 'aria-describedby': problem},
                       ...kLevels.map((level) => make('option', {}, level)));
    this.problem = make('p', {class: 'problem', id: problem});
    this.reset = make('button', {type: 'button'}, 'Reset');
    this.kind = make('span', {class: 'quiet'});
    const breakable = name.split('.').flatMap((part, index) => (index === 0 ? [part] : ['.', make('wbr'), part]));
    this.cells = Object.fromEntries(['configured', 'records', 'warnings', 'errors', 'dropped'].map(
      (kind) => [kind, make('td', {class: kind === 'configured' ? kind : `number ${kind}`})]));
    this.root = make('tr', {'data-logger': name}, make('th', {scope: 'row'}, ...breakable, ' ', this.kind),
                     make('td', {class: 'level'}, this.select, ' ', this.reset, this.problem), ...Object.values(this.cells));
    this.select.addEventListener('change', () => this.change('PUT', {level: this.select.value}));
    this.reset.addEventListener('click', () => this.change('DELETE'));
  }

  show(report, polled) {
    const {level, configured_level: configured, records} = report;
    if (this.unsure) {  // a change that was not answered: now it is
      this.unsure = false;
      this.say('');
    } else if (polled && this.report && this.changing === 0 && this.report.level !== level) {
      announce(`${this.name} was changed elsewhere, from ${this.report.level} to ${level}`);
      this.say(`changed elsewhere, from ${this.report.level}`, false);
    }
    this.report = report;
    setText(this.kind, report.third_party ? 'library' : '');
    setText(this.cells.configured, configured);
    setText(this.cells.records, format.count(Object.values(records).reduce((sum, value) => sum + value, 0)));
    setText(this.cells.warnings, format.count(records.WARNING));
    setText(this.cells.errors, format.count(records.ERROR + records.CRITICAL));
    setText(this.cells.dropped, format.count(report.dropped + report.otlp_dropped));
    this.root.classList.toggle('changed', level !== configured);
    this.reset.setAttribute('aria-label', `Reset ${this.name} to ${configured}`);
    this.settle();
  }

  /** The controls as the bot's last word has them, unless a change is under way. */
  settle() {
    if (this.changing > 0) return;
    const {level, configured_level: configured} = this.report;
    if (this.select.value !== level) this.select.value = level;
    this.select.disabled = refused !== '';
    const useless = refused !== '' || level === configured;
    if (useless && document.activeElement === this.reset) this.select.focus();
    this.reset.hidden = useless;
    this.root.removeAttribute('aria-busy');
  }

  async change(method, body) {
    ++this.changing;
    this.root.setAttribute('aria-busy', 'true');
    this.say('');
    try {
      const answer = await ask(`loggers/${encodeURIComponent(this.name)}`, method, body);
      --this.changing;
      if (answer.ok) {
        this.show(answer.body, false);
        announce(`${this.name} is at ${answer.body.level} now`);
      } else {
        this.fail(`Not changed: ${problemOf(answer)}`);
      }
    } catch (error) {
      --this.changing;
      if (!(error instanceof NoAnswer)) throw error;
      this.unsure = true;
      this.fail(`Perhaps not changed: ${error.message}`);
    }
  }

  fail(why) {
    this.say(why, true);
    announce(`${this.name}: ${why}`);
    this.settle();
  }

  say(text, bad = false) {
    setText(this.problem, text);
    this.problem.classList.toggle('bad', bad);
  }
}
