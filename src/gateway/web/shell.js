// What surrounds every view: where one is, what time the gateway has, whether it is there.

import { h, show } from './dom.js';
import { moment, span } from './format.js';
import { recall, remember } from './memory.js';
import { announce } from './notices.js';
import { gatewayNow, state } from './state.js';
import { LANGUAGES, choose, language, t } from './text.js';

const VIEWS = [
  ['payments', /^(payments|new|$)/],
  ['requests', /^requests/],
  ['bench', /^bench/],
];

const THEMES = ['auto', 'light', 'dark'];

let theme = THEMES.includes(recall('theme')) ? recall('theme') : 'auto';
let wasConnected;

applyTheme();

function applyTheme() {
  document.documentElement.dataset.theme = theme;
}

/** `changed` is called when the language or the colours are others. */
export function drawShell(changed) {
  show(document.getElementById('skip'), skipLink());
  show(
    document.getElementById('header'),
    h('div', { class: 'bar' }, brand(), navigation(), h('div', { class: 'tools' }, clock(), languages(changed), themes(changed))),
  );
  show(document.getElementById('connection'), state.connected === false && lost());
  if (wasConnected === false && state.connected) announce(t('lost.over'));
  wasConnected = state.connected;
}

function skipLink() {
  const skip = (event) => {
    event.preventDefault();
    document.getElementById('main').focus();
  };
  return h('a', { class: 'skip', href: '#main', onclick: skip }, t('skip'));
}

const brand = () =>
  h('a', { class: 'brand', href: '#/payments' }, h('img', { src: '/_local/dashboard/icon.svg', alt: '', width: 24, height: 24 }), h('span', {}, 'mpac-gateway'));

function navigation() {
  const route = location.hash.replace(/^#\/?/, '');
  const link = ([name, pattern]) =>
    h(
      'a',
      { href: `#/${name}`, 'aria-current': pattern.test(route) ? 'page' : null },
      t(`${name}.title`),
      name === 'bench' && state.faults.length > 0 && h('span', { class: 'count', title: t('faults.active') }, String(state.faults.length)),
    );
  return h('nav', { 'aria-label': t('navigation') }, VIEWS.map(link));
}

function clock() {
  if (state.connected === undefined) return null;
  const now = gatewayNow();
  const ahead = state.aheadSeconds;
  return h(
    'a',
    { class: `clock ${ahead > 0 ? 'ahead' : ''}`, href: '#/bench', title: t('clock.title') },
    h('span', { class: 'unseen' }, `${t('clock.title')}: `),
    h('time', { datetime: new Date(now).toISOString() }, moment(now)),
    ahead > 0 && h('span', { class: 'plus' }, `+${span(ahead)}`),
  );
}

function languages(changed) {
  const pick = ({ currentTarget }) => {
    choose(currentTarget.value);
    changed();
  };
  const option = ([code, name]) => h('option', { value: code, lang: code, selected: code === language() }, name);
  return h('label', {}, h('span', { class: 'unseen' }, t('language')), h('select', { id: 'language', onchange: pick }, Object.entries(LANGUAGES).map(option)));
}

function themes(changed) {
  const pick = ({ currentTarget }) => {
    theme = currentTarget.value;
    remember('theme', theme);
    applyTheme();
    changed();
  };
  const option = (name) => h('option', { value: name, selected: name === theme }, t(`theme.${name}`));
  return h('label', {}, h('span', { class: 'unseen' }, t('theme')), h('select', { id: 'theme', onchange: pick }, THEMES.map(option)));
}

const lost = () => h('div', { class: 'lost' }, h('strong', {}, t('lost.title')), ' ', t('lost.why'));
