// Small pieces that several views are made of.

import { h } from './dom.js';
import { moment, shortMoment } from './format.js';
import { gatewayNow } from './state.js';
import { t, word } from './text.js';

export const heading = (text, ...more) => h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, text), ...more);

export const section = (id, title, ...content) =>
  h('section', { class: 'card', 'aria-labelledby': id, 'data-key': id }, h('h2', { id }, title), ...content);

/** A payment's status. While money is reserved, the API has no word of its own for it. */
export const badge = ({ status, amount_capturable: reserved }) =>
  h('span', { class: `badge ${status}`, title: status }, reserved ? t('status.reserved') : word('status', status));

/** How it is paid, and through whom. */
export const methodOf = ({ payment_method_type: method, provider }) =>
  [word('method', method), provider && provider !== 'CASH' && provider].filter(Boolean).join(' · ');

export function time(at, full = false) {
  const iso = new Date(at).toISOString();
  const text = full ? moment(at) : shortMoment(at, gatewayNow());
  return h('time', { datetime: iso, title: full ? iso : moment(at) }, text);
}

export const button = (text, onclick, { kind = '', ...more } = {}) =>
  h('button', { type: 'button', class: `button ${kind}`, onclick, ...more }, text);

/** A text that is worth copying. */
export function copyable(text, label) {
  const copy = async ({ currentTarget }) => {
    await navigator.clipboard.writeText(text);
    currentTarget.dataset.copied = t('copied');
    setTimeout(() => delete currentTarget.dataset.copied, 1500);
  };
  return [
    h('code', { class: 'id' }, text),
    h('button', { type: 'button', class: 'copy', 'aria-label': t('copy', { what: label }), title: t('copy', { what: label }), onclick: copy }),
  ];
}

/** A command to paste into a shell. */
export const command = (text) =>
  h('div', { class: 'command' }, h('pre', { tabindex: 0 }, h('code', {}, text)), copyable(text, t('command'))[1]);

/** Where there is nothing yet: what it means, and what to do next. */
export const empty = (title, ...content) => h('div', { class: 'empty' }, h('p', { class: 'lead' }, title), ...content);

/** A labelled field of a form. */
export const field = (label, control, hint) => {
  const hintId = hint && `${control.id}-hint`;
  if (hint) control.setAttribute('aria-describedby', hintId);
  return h(
    'div',
    { class: 'field', 'data-key': `field-${control.id}` },
    h('label', { for: control.id }, label),
    control,
    hint && h('p', { class: 'hint', id: hintId }, hint),
  );
};

export const input = (id, attributes = {}) => h('input', { id, name: id, autocomplete: 'off', ...attributes });

export const select = (id, options, { value, ...attributes } = {}) =>
  h(
    'select',
    { id, name: id, ...attributes },
    options.map(([option, label]) => h('option', { value: option, selected: option === value, 'data-key': `o-${option}` }, label)),
  );

export const check = (id, label, attributes = {}) =>
  h('label', { class: 'check', 'data-key': `check-${id}` }, h('input', { type: 'checkbox', id, name: id, ...attributes }), h('span', {}, label));

/** Names and values, two by two; those without a value are left out. */
export const facts = (pairs) =>
  h(
    'dl',
    { class: 'facts' },
    pairs
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name, value]) => h('div', { 'data-key': `fact-${name}` }, h('dt', {}, name), h('dd', {}, value))),
  );

/** A table of rows that lead somewhere. The roles stay where a phone lays the rows out anew. */
export const table = (caption, columns, rows, kind = '') =>
  h(
    'table',
    { class: `list ${kind}`, role: 'table' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map(([text, kind]) => h('th', { scope: 'col', role: 'columnheader', class: kind }, text)))),
    h('tbody', { role: 'rowgroup' }, rows),
  );

export const row = (key, ...cells) => h('tr', { role: 'row', 'data-key': key }, cells);

export const cell = (kind, ...content) => h('td', { role: 'cell', class: kind }, content);

/** The cell that names its row, and leads to it from anywhere in the row. */
export const rowHead = (href, text, ...more) => h('th', { scope: 'row', role: 'rowheader' }, h('a', { class: 'whole', href }, text), more);
