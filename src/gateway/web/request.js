// One request and its answer, as they were sent.

import * as api from './api.js';
import { h } from './dom.js';
import { formatted, milliseconds, number } from './format.js';
import { recall, remember } from './memory.js';
import { facts, heading, section, time } from './parts.js';
import { httpStatus } from './requests.js';
import { t, word } from './text.js';

/** Payments are named in paths and in bodies. */
const PAYMENT = /\bpi_[0-9A-Z]{26}\b/;

export function request(page, id) {
  let pretty = recall('formatted') === 'yes';

  const toggle = ({ currentTarget }) => {
    pretty = currentTarget.checked;
    remember('formatted', pretty ? 'yes' : 'no');
    page.redraw();
  };

  const message = (name, it) =>
    section(
      name,
      t(`request.${name}`),
      h(
        'pre',
        { class: 'head', tabindex: 0 },
        h('strong', {}, it.first_line),
        it.headers.map(([header, value]) => ['\n', h('span', { class: 'header' }, `${header}:`), ` ${value}`]),
      ),
      it.body
        ? h('pre', { class: 'body', tabindex: 0 }, pretty ? formatted(it.body) : it.body)
        : h('p', { class: 'none' }, t(it.body_length > 0 ? 'request.body_gone' : 'request.no_body')),
      it.body.length > 0 && it.body_length > 16384 && h('p', { class: 'hint' }, t('request.cut', { bytes: number(it.body_length) })),
    );

  return {
    title: (it) => (it ? `${it.method} ${it.path}` : t('requests.title')),
    load: () => api.request(id),
    draw: (it) => {
      const payment = `${it.path} ${it.request.body} ${it.response.body}`.match(PAYMENT)?.[0];
      return [
        h('p', { class: 'back' }, h('a', { href: '#/requests' }, `← ${t('requests.title')}`)),
        heading([h('span', { class: 'verb' }, it.method), ' ', h('span', { class: 'path' }, it.path)], httpStatus(it.status)),
        facts([
          [t('requests.time'), time(it.at_ms, true)],
          [t('requests.took'), milliseconds(it.duration_ms)],
          [t('request.fault'), it.fault && h('span', {}, h('span', { class: 'badge fault' }, word('fault', it.fault.action)), ' ', t('request.fault_note'))],
          [t('request.payment'), payment && h('a', { href: `#/payments/${payment}` }, payment)],
        ]),
        h('label', { class: 'check' }, h('input', { type: 'checkbox', id: 'formatted', checked: pretty, onchange: toggle }), h('span', {}, t('request.format'))),
        h('div', { class: 'columns even' }, message('request', it.request), message('response', it.response)),
        h('p', { class: 'hint' }, t('request.masked')),
      ];
    },
  };
}
