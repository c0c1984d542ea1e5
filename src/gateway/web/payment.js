// One payment: what it is, how it came to be so, and what can be done to it.

import * as api from './api.js';
import { actions, customer } from './actions.js';
import { deliveries } from './deliveries.js';
import { h } from './dom.js';
import { money, span } from './format.js';
import { announce } from './notices.js';
import { badge, copyable, facts, heading, methodOf, section, time } from './parts.js';
import { requestList } from './requests.js';
import { gatewayNow } from './state.js';
import { t, word } from './text.js';

const REQUESTS = 20;

export function payment(page, id) {
  let status;

  async function load() {
    const [shown, sent, asked] = await Promise.all([
      api.payment(id),
      api.deliveries(id),
      api.requests({ search: id, limit: REQUESTS }),
    ]);
    if (status && status !== shown.status) announce(t('payment.now', { status: word('status', shown.status) }));
    status = shown.status;
    return { ...shown, deliveries: sent.data, requests: asked.data };
  }

  return {
    title: (it) => (it ? `${money(it.amount, it.currency)} ${it.merchant_ref_id}` : t('payments.title')),
    topics: ['payments', 'requests'],
    ticks: true,
    load,
    draw: (it) => [
      h('p', { class: 'back' }, h('a', { href: '#/payments' }, `← ${t('payments.title')}`)),
      heading([h('span', { class: 'amount' }, money(it.amount, it.currency)), ' ', h('span', { class: 'reference' }, it.merchant_ref_id)], badge(it)),
      h(
        'div',
        { class: 'columns' },
        h(
          'div',
          { class: 'column' },
          customer(page, it),
          actions(page, it),
          (it.status === 'succeeded' || it.refunds.length > 0) && section('refunds', t('refunds.title'), refunds(it)),
          section('deliveries', t('deliveries.title'), deliveries(page, it)),
        ),
        h('div', { class: 'column' }, section('history', t('history.title'), history(it)), section('facts', t('payment.facts'), about(it))),
      ),
      section('requests', t('payment.requests'), it.requests.length > 0 ? requestList(it.requests) : h('p', { class: 'none' }, t('payment.no_requests'))),
    ],
  };
}

function history({ history: changes, expires_at: end, status }) {
  const step = (change, index) => {
    const before = changes[index - 1];
    const after = before && (Date.parse(change.at) - Date.parse(before.at)) / 1000;
    return h(
      'li',
      { class: change.to_status },
      h('span', { class: 'to' }, word('status', change.to_status)),
      h('span', { class: 'why' }, word('cause', change.cause)),
      h('span', { class: 'when' }, time(change.at), after > 0 && ` (+${span(after)})`),
    );
  };
  const open = status === 'requires_payment_method' || status === 'requires_action';
  const left = (Date.parse(end) - gatewayNow()) / 1000;
  return [h('ol', { class: 'history' }, changes.map(step)), open && h('p', { class: 'hint' }, t('history.expires', { left: span(left) }))];
}

function refunds({ refunds: made, currency }) {
  if (made.length === 0) return h('p', { class: 'none' }, t('refunds.none'));
  const one = (refund) =>
    h(
      'li',
      { 'data-key': refund.id },
      h('strong', {}, money(refund.amount, currency)),
      h('span', { class: `badge ${refund.status}` }, word('refund', refund.status)),
      refund.reason && h('span', {}, refund.reason),
      h('span', { class: 'when' }, time(refund.created_at)),
      h('code', { class: 'id' }, refund.id),
    );
  return h('ul', { class: 'refunds' }, made.map(one));
}

const about = (it) =>
  facts([
    [t('payment.id'), copyable(it.id, t('payment.id'))],
    [t('payment.reference'), it.merchant_ref_id],
    [t('payment.status'), h('code', {}, it.status)],
    [t('payment.method'), it.payment_method_type && methodOf(it)],
    [t('payment.methods'), it.payment_method_types.map((method) => word('method', method)).join(', ')],
    [t('new.capture'), t(`new.capture.${it.capture_method}`)],
    [t('payment.capturable'), it.amount_capturable && money(it.amount_capturable, it.currency)],
    [t('payment.captured'), it.amount_captured && money(it.amount_captured, it.currency)],
    [t('payment.refunded'), it.amount_refunded && money(it.amount_refunded, it.currency)],
    [t('payment.failure'), it.failure_reason && word('cause', it.failure_reason)],
    [t('new.merchant'), it.merchant_id],
    [t('payment.store'), it.merchant_store_id],
    [t('payment.terminal'), it.merchant_terminal_id],
    [t('payments.created'), time(it.created_at, true)],
    [t('payment.expires'), time(it.expires_at, true)],
  ]);
