// Webhooks about a payment: to whom, with what, and what each attempt came to.

import * as api from './api.js';
import { h } from './dom.js';
import { formatted, milliseconds } from './format.js';
import { done, failed } from './notices.js';
import { button, command, facts, time } from './parts.js';
import { t, word } from './text.js';

/** The statuses that are announced. */
const FINAL = ['succeeded', 'failed', 'cancelled'];

export function deliveries(page, { deliveries: list, status }) {
  if (list.length === 0) return FINAL.includes(status) ? none() : h('p', { class: 'none' }, t('deliveries.later'));
  return h('ul', { class: 'deliveries' }, list.map((one) => h('li', { 'data-key': one.id }, delivery(page, one))));
}

function delivery(page, it) {
  const resend = async () => {
    try {
      await api.resend(it.id);
      done(t('deliveries.resent'));
    } catch (error) {
      failed(error);
    }
    await page.refresh();
  };
  return h(
    'details',
    {},
    h(
      'summary',
      {},
      h('span', { class: `badge ${it.state}` }, word('delivery', it.state)),
      h('strong', {}, JSON.parse(it.body).type),
      h('span', { class: 'url' }, it.url),
      h('span', { class: 'when' }, t('deliveries.tries', { count: it.attempts.length })),
    ),
    facts([
      [t('deliveries.event'), h('code', { class: 'id' }, it.event_id)],
      [t('deliveries.created'), time(it.created_at, true)],
      [t('deliveries.next'), it.next_try_at && time(it.next_try_at, true)],
    ]),
    h('h3', {}, t('deliveries.body')),
    h('pre', { tabindex: 0 }, formatted(it.body)),
    h('h3', {}, t('deliveries.attempts')),
    it.attempts.length > 0 ? h('ol', { class: 'attempts' }, it.attempts.map(attempt)) : h('p', { class: 'none' }, t('deliveries.not_yet')),
    button(t('deliveries.resend'), resend),
  );
}

const attempt = (it) =>
  h(
    'li',
    {},
    h(
      'p',
      {},
      h('span', { class: `badge ${it.http_status >= 200 && it.http_status < 300 ? 'succeeded' : 'failed'}` }, it.http_status ? String(it.http_status) : t('deliveries.no_answer')),
      time(it.at, true),
      h('span', { class: 'when' }, milliseconds(it.duration_ms)),
      it.error && h('span', {}, it.error),
    ),
    it.signature && h('p', { class: 'signature' }, h('code', {}, `MPAC-Signature: ${it.signature}`)),
    it.response && h('pre', { tabindex: 0 }, it.response),
  );

function none() {
  const body = '{"url":"http://127.0.0.1:3000/webhooks"}';
  const sign = `cargo gateway sign POST /v1/webhook_endpoints --body '${body}'`;
  return [
    h('p', { class: 'none' }, t('deliveries.none')),
    h('p', {}, t('deliveries.how')),
    command(
      `curl -sS ${location.origin}/v1/webhook_endpoints -H 'Content-Type: application/json' \\\n  -H "$(${sign})" -d '${body}'`,
    ),
  ];
}
