// The list of payments: newest first, by status, by what one knows of a payment.

import * as api from './api.js';
import { h } from './dom.js';
import { money } from './format.js';
import { badge, button, cell, command, empty, heading, methodOf, row, rowHead, select, table, time } from './parts.js';
import { t, word } from './text.js';

const PAGE = 50;
const STATUSES = ['requires_payment_method', 'requires_action', 'processing', 'succeeded', 'failed', 'cancelled'];
/** People type faster than they want to be answered. */
const TYPING_MS = 200;

export function payments(page, _, parameters) {
  let status = parameters.get('status') ?? '';
  let search = parameters.get('search') ?? '';
  /** Where each page before this one started. */
  const before = [];
  let start;
  let typing;

  /** A search may stop before it has found anything: it goes on until there is something to see. */
  async function load() {
    let found = await ask(start);
    while (found.data.length === 0 && found.has_more) found = await ask(found.looked_up_to);
    return found;
  }

  const ask = (after) => api.payments({ status, search: search.normalize('NFKC'), limit: PAGE, starting_after: after });

  function turnTo(next) {
    start = next;
    page.refresh().then(() => document.querySelector('h1').focus());
  }

  /** From the newest on, with the address that leads back to it. */
  function again() {
    const parts = Object.entries({ status, search }).filter(([, value]) => value);
    history.replaceState(null, '', `#/payments${parts.length ? `?${new URLSearchParams(parts)}` : ''}`);
    before.length = 0;
    start = undefined;
    page.refresh();
  }

  const filter = ({ currentTarget }) => {
    status = currentTarget.value;
    again();
  };

  const type = ({ currentTarget }) => {
    search = currentTarget.value.trim();
    clearTimeout(typing);
    typing = setTimeout(again, TYPING_MS);
  };

  function reset() {
    search = status = '';
    document.getElementById('search').value = '';
    document.getElementById('status').value = '';
    again();
  }

  const toolbar = () =>
    h(
      'form',
      { class: 'toolbar', role: 'search', 'aria-label': t('payments.title'), onsubmit: (event) => event.preventDefault() },
      h('label', { class: 'unseen', for: 'search' }, t('payments.search')),
      h('input', { id: 'search', type: 'search', placeholder: t('payments.search'), value: search, oninput: type, autocomplete: 'off', spellcheck: 'false' }),
      h('label', { class: 'unseen', for: 'status' }, t('payments.status')),
      select('status', [['', t('payments.all')], ...STATUSES.map((name) => [name, word('status', name)])], {
        value: status,
        onchange: filter,
      }),
    );

  const pager = ({ has_more: more, looked_up_to: next }) =>
    (before.length > 0 || more) &&
    h(
      'nav',
      { class: 'pager', 'aria-label': t('pages') },
      button(t('pages.newer'), () => turnTo(before.pop()), { disabled: before.length === 0 }),
      h('span', {}, t('pages.page', { number: before.length + 1 })),
      button(t('pages.older'), () => turnTo((before.push(start), next)), { disabled: !more }),
    );

  return {
    title: () => t('payments.title'),
    topics: ['payments'],
    load,
    draw: (found) => [
      heading(t('payments.title'), h('a', { class: 'button primary', href: '#/new' }, t('new.title'))),
      toolbar(),
      found.data.length > 0 ? list(found.data) : status || search || start ? noneFound(reset) : none(),
      pager(found),
    ],
  };
}

const list = (data) =>
  table(
    t('payments.title'),
    [
      [t('payments.reference')],
      [t('payments.amount'), 'number'],
      [t('payments.state'), 'fit'],
      [t('payments.method'), 'wide'],
      [t('payments.created'), 'when'],
    ],
    data.map(listed),
  );

const listed = (it) =>
  row(
    it.id,
    rowHead(`#/payments/${it.id}`, it.merchant_ref_id, h('span', { class: 'below id' }, it.id)),
    cell('number', money(it.amount, it.currency), it.amount_refunded && h('span', { class: 'below' }, `−${money(it.amount_refunded, it.currency)}`)),
    cell('fit', badge(it)),
    cell('wide', it.payment_method_type && methodOf(it)),
    cell('when', time(it.created_at)),
  );

const noneFound = (reset) => empty(t('payments.none_found'), h('p', {}, button(t('payments.show_all'), reset)));

const none = () =>
  empty(
    t('payments.none'),
    h('p', {}, t('payments.none_hint')),
    h('p', {}, h('a', { class: 'button primary', href: '#/new' }, t('new.title'))),
    h('p', {}, t('payments.none_command')),
    command(`cargo gateway create --amount 1500 --gateway ${location.origin}`),
  );
