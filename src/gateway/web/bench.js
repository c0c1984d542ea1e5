// The test bench: time, faults, the books, and starting over.

import * as api from './api.js';
import { h } from './dom.js';
import { faults } from './faults.js';
import { moment, number, span } from './format.js';
import { done, failed } from './notices.js';
import { button, field, heading, input, section, select } from './parts.js';
import { gatewayNow, state } from './state.js';
import { t } from './text.js';

const STEPS = [5 * 60, 30 * 60, 24 * 60 * 60];
const UNITS = { minutes: 60, hours: 3600, days: 86400 };

export function bench(page) {
  let audited;
  const plan = faults(page);

  const attempt = (work) => async (...args) => {
    try {
      await work(...args);
    } catch (error) {
      failed(error);
    }
    page.redraw();
  };

  const advance = attempt(async (seconds) => {
    await api.advance(seconds);
    done(t('clock.done', { by: span(seconds) }));
  });

  const advanceBy = (event) => {
    event.preventDefault();
    const { by, unit } = event.currentTarget.elements;
    return advance(Math.round(Number(by.value) * UNITS[unit.value]));
  };

  const audit = attempt(async () => {
    audited = await api.audit();
  });

  const reset = attempt(async () => {
    document.getElementById('reset').close();
    await api.reset();
    audited = undefined;
    done(t('reset.done'));
  });

  const clock = () => [
    h('p', { class: 'big' }, h('time', { datetime: new Date(gatewayNow()).toISOString() }, moment(gatewayNow()))),
    h('p', { class: 'hint' }, state.aheadSeconds > 0 ? t('clock.ahead', { by: span(state.aheadSeconds) }) : t('clock.even')),
    h('div', { class: 'buttons' }, STEPS.map((seconds) => button(`+${span(seconds)}`, () => advance(seconds), { 'data-seconds': seconds, 'aria-label': t('clock.advance', { by: span(seconds) }) }))),
    h(
      'form',
      { class: 'inline', onsubmit: advanceBy },
      field(t('clock.by'), input('by', { type: 'number', min: 1, max: 100000, step: 'any', value: 1, required: true })),
      field(t('clock.unit'), select('unit', Object.keys(UNITS).map((unit) => [unit, t(`clock.${unit}`)]))),
      h('button', { class: 'button', type: 'submit' }, t('clock.go')),
    ),
    h('p', { class: 'hint' }, t('clock.forward')),
  ];

  const books = () => [
    h('p', {}, t('audit.intro')),
    button(t('audit.run'), audit),
    audited && h('div', { class: `result ${audited.clean ? 'good' : 'bad'}`, role: 'status' }, verdict(audited)),
  ];

  const startOver = () => [
    h('p', {}, t(state.gateway?.kept ? 'reset.kept' : 'reset.intro')),
    button(t('reset.ask'), () => document.getElementById('reset').showModal(), { kind: 'danger' }),
    h(
      'dialog',
      { id: 'reset', 'aria-labelledby': 'reset-title' },
      h('h2', { id: 'reset-title' }, t('reset.sure')),
      h('p', {}, t('reset.what')),
      h('div', { class: 'buttons' }, button(t('back_out'), () => document.getElementById('reset').close()), button(t('reset.do'), reset, { kind: 'danger' })),
    ),
  ];

  return {
    title: () => t('bench.title'),
    ticks: true,
    load: async () => undefined,
    draw: () => [
      heading(t('bench.title')),
      h(
        'div',
        { class: 'columns' },
        h('div', { class: 'column' }, section('faults', t('faults.title'), plan())),
        h('div', { class: 'column' }, section('clock', t('clock.title'), clock()), section('audit', t('audit.title'), books()), section('start-over', t('reset.title'), startOver())),
      ),
    ],
  };
}

function verdict({ clean, checked, problems }) {
  const counted = t('audit.checked', { payments: number(checked.payment_intents), rules: checked.rules });
  if (clean) return h('p', {}, h('strong', {}, t('audit.clean')), ' ', counted);
  return [h('p', {}, h('strong', {}, t('audit.problems', { count: problems.length })), ' ', counted), h('ul', {}, problems.map(({ rule, id }) => h('li', {}, rule, ': ', h('code', {}, id))))];
}
