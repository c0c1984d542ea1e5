// The fault plan: which requests go wrong, how, and how often.

import * as api from './api.js';
import { h } from './dom.js';
import { done, failed } from './notices.js';
import { button, field, input, select } from './parts.js';
import { state } from './state.js';
import { t, word } from './text.js';

const CONFIRM = { method: 'POST', path: '/v1/payment_intents/*/confirm', count: 1 };
const POLL = { method: 'GET', path: '/v1/payment_intents/*', count: 3 };

/** What people want to see most often: rules that are filled in at once. */
const PRESETS = {
  lost_reply: { ...CONFIRM, action: 'drop_after_write' },
  lost_request: { ...CONFIRM, action: 'drop_before_write' },
  polls_fail: { ...POLL, action: 'status', status: 503, body: 'html' },
  too_many: { ...POLL, action: 'status', status: 429, body: 'json', retry_after: 5 },
  slow: { method: '', path: '/v1/**', count: 0, action: 'delay', delay_ms: 3000 },
  garbage: { ...POLL, count: 1, action: 'garbage' },
};

/** Each action, and the numbers that it takes. */
const ACTIONS = {
  drop_after_write: [],
  drop_before_write: [],
  status: ['status', 'retry_after', 'body'],
  delay: ['delay_ms'],
  truncate: [],
  garbage: [],
  drip: ['bytes', 'delay_ms'],
};

const METHODS = ['', 'GET', 'POST', 'DELETE'];
const BODIES = ['json', 'html', 'empty'];
const DEFAULTS = { status: 503, retry_after: '', delay_ms: 1000, bytes: 1 };

/** Draws the plan and the form for the next rule. */
export function faults(page) {
  let action = PRESETS.lost_reply.action;

  const attempt = (work, said) => async () => {
    try {
      await work();
      done(said());
    } catch (error) {
      failed(error);
    }
  };

  const preset = ({ currentTarget }) => {
    const rule = PRESETS[currentTarget.value];
    action = rule.action;
    page.redraw();
    for (const [name, value] of Object.entries({ ...DEFAULTS, ...rule })) {
      const control = document.getElementById(`fault-${name}`);
      if (control) control.value = value;
    }
  };

  const choose = ({ currentTarget }) => {
    action = currentTarget.value;
    page.redraw();
  };

  const submit = (event) => {
    event.preventDefault();
    const rule = {};
    for (const [name, value] of new FormData(event.currentTarget)) {
      if (name !== 'preset' && value !== '') rule[name] = /^\d+$/.test(value) ? Number(value) : value;
    }
    return attempt(() => api.addFault(rule), () => t('faults.added'))();
  };

  return () => [plan(attempt), form({ action, preset, choose, submit })];
}

function plan(attempt) {
  if (state.faults.length === 0) return h('p', { class: 'none' }, t('faults.none'));
  const remove = (id) => attempt(() => api.removeFault(id), () => t('faults.removed'));
  const rule = (it) =>
    h(
      'li',
      { 'data-key': it.id },
      h('span', { class: 'badge fault' }, word('fault', it.action)),
      h('code', {}, `${it.method ?? '*'} ${it.path}`),
      h('span', { class: 'when' }, it.count ? t('faults.left', { count: it.count }) : t('faults.forever')),
      h('span', { class: 'when' }, details(it)),
      button(t('faults.remove'), remove(it.id), { kind: 'small', 'aria-label': t('faults.remove_it', { id: it.id }) }),
    );
  return [
    h('ul', { class: 'plan' }, state.faults.map(rule)),
    h('p', {}, button(t('faults.clear'), attempt(api.clearFaults, () => t('faults.cleared')))),
  ];
}

const details = (it) =>
  ['status', 'retry_after', 'body', 'delay_ms', 'bytes']
    .filter((name) => it[name] !== undefined)
    .map((name) => `${name} ${it[name]}`)
    .join(', ');

function form({ action, preset, choose, submit }) {
  const named = (name, control) => {
    control.setAttribute('name', name);
    return field(t(`faults.${name}`), control, name === 'path' ? t('faults.path_hint') : name === 'count' ? t('faults.count_hint') : undefined);
  };
  const options = (names, kind) => names.map((name) => [name, t(`${kind}.${name || 'any'}`)]);
  const detail = (name) =>
    name === 'body'
      ? named(name, select('fault-body', options(BODIES, 'faults.body')))
      : named(name, input(`fault-${name}`, { type: 'number', min: 0, value: DEFAULTS[name], required: name !== 'retry_after' }));
  const first = PRESETS.lost_reply;
  return h(
    'form',
    { class: 'form', onsubmit: submit },
    h('h3', {}, t('faults.add')),
    named('preset', select('fault-preset', options(Object.keys(PRESETS), 'faults.preset'), { onchange: preset })),
    h(
      'div',
      { class: 'pair' },
      named('method', select('fault-method', METHODS.map((name) => [name, name || t('faults.any')]), { value: first.method })),
      named('path', input('fault-path', { value: first.path, required: true, spellcheck: 'false' })),
    ),
    h('div', { class: 'pair' }, named('action', select('fault-action', options(Object.keys(ACTIONS), 'fault'), { value: action, onchange: choose })), named('count', input('fault-count', { type: 'number', min: 0, value: first.count, required: true }))),
    ACTIONS[action].length > 0 && h('div', { class: 'pair' }, ACTIONS[action].map(detail)),
    h('div', { class: 'buttons' }, h('button', { class: 'button primary', type: 'submit' }, t('faults.add'))),
  );
}
