// The last requests to the gateway.

import * as api from './api.js';
import { h } from './dom.js';
import { milliseconds } from './format.js';
import { button, cell, command, empty, heading, row, rowHead, table, time } from './parts.js';
import { t, word } from './text.js';

const PAGE = 100;
const TYPING_MS = 200;

export function requests(page, _, parameters) {
  let search = parameters.get('search') ?? '';
  let typing;
  let shown = PAGE;

  /** At most as many as the gateway keeps, a page at a time. */
  async function load() {
    let data = [];
    let more = true;
    while (more && data.length < shown) {
      const part = await api.requests({ search, limit: PAGE, starting_after: data.at(-1)?.id });
      data = data.concat(part.data);
      more = part.has_more;
    }
    return { data, more };
  }

  function again() {
    history.replaceState(null, '', `#/requests${search ? `?${new URLSearchParams({ search })}` : ''}`);
    shown = PAGE;
    page.refresh();
  }

  const type = ({ currentTarget }) => {
    search = currentTarget.value.trim();
    clearTimeout(typing);
    typing = setTimeout(again, TYPING_MS);
  };

  const toolbar = () =>
    h(
      'form',
      { class: 'toolbar', role: 'search', 'aria-label': t('requests.title'), onsubmit: (event) => event.preventDefault() },
      h('label', { class: 'unseen', for: 'search' }, t('requests.search')),
      h('input', { id: 'search', type: 'search', placeholder: t('requests.search'), value: search, oninput: type, autocomplete: 'off', spellcheck: 'false' }),
    );

  return {
    title: () => t('requests.title'),
    topics: ['requests'],
    load,
    draw: ({ data, more }) => [
      heading(t('requests.title')),
      h('p', { class: 'intro' }, t('requests.intro')),
      toolbar(),
      data.length > 0 ? requestList(data) : search ? empty(t('requests.none_found')) : none(),
      more && h('p', {}, button(t('requests.more'), () => ((shown += PAGE), page.refresh()))),
    ],
  };
}

export const requestList = (data) =>
  table(
    t('requests.title'),
    [[t('requests.time'), 'when'], [t('requests.request')], [t('requests.status'), 'number'], [t('requests.took'), 'number wide']],
    data.map(listed),
    'log',
  );

const listed = (it) =>
  row(
    it.id,
    cell('when', time(it.at_ms)),
    rowHead(`#/requests/${it.id}`, [h('span', { class: 'verb' }, it.method), ' ', it.path], it.fault && h('span', { class: 'badge fault' }, word('fault', it.fault.action))),
    cell('number', httpStatus(it.status)),
    cell('number wide', milliseconds(it.duration_ms)),
  );

export const httpStatus = (status) => h('span', { class: `http s${String(status)[0]}` }, String(status));

const none = () =>
  empty(t('requests.none'), h('p', {}, t('requests.none_hint')), command(`cargo demo -- --gateway ${location.origin}`));
