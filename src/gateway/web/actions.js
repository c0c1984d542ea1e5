// What can be done to a payment: by its customer, at the terminal, by the merchant. Each button is
// one call of the gateway, which decides whether it can be.

import * as api from './api.js';
import { h } from './dom.js';
import { minorUnits, money, plainAmount, span } from './format.js';
import { done, failed } from './notices.js';
import { button, check, field, input, section, select } from './parts.js';
import { gatewayNow } from './state.js';
import { t } from './text.js';

/** What a customer can do with the code on the terminal's screen, and how the button looks. */
const OUTCOMES = [
  { outcome: 'approved', kind: 'primary' },
  { outcome: 'not_enough_balance', kind: '' },
  { outcome: 'give_up', kind: '' },
];

/** How a terminal can confirm, and what it has to say for it. */
const METHODS = {
  qr_mpm: [{ name: 'provider', fixed: 'PAYPAY' }],
  qr_cpm: [{ name: 'provider', fixed: 'PAYPAY' }, { name: 'customer_code', ask: api.customerCode }],
  credit_card: [
    { name: 'provider', options: ['VISA', 'MASTERCARD', 'JCB', 'AMEX'] },
    { name: 'external_ref_id', value: '123456' },
  ],
  cash: [],
};

/** What the merchant can do, when, and whether to all of the amount or a part of it. */
const MERCHANT = [
  { action: 'capture', most: (it) => it.amount_capturable },
  { action: 'refund', most: (it) => it.status === 'succeeded' && !it.refunds.some(counts) && (it.amount_captured ?? it.amount) },
  { action: 'cancel', name: (it) => (it.amount_capturable ? 'release' : 'cancel'), can: (it) => isOpen(it) || it.amount_capturable },
];

const counts = (refund) => refund.status !== 'failed';
const isOpen = ({ status }) => status === 'requires_payment_method' || status === 'requires_action';

/** Does it, says how it went, and shows what has become of the payment. */
async function act(page, id, action, body, said) {
  try {
    await api.act(id, action, body);
    done(said);
  } catch (error) {
    failed(error);
  }
  await page.refresh();
}

/** The code, and the customer in front of it. */
export function customer(page, it) {
  if (!it.qr_code) return null;
  const left = (Date.parse(it.qr_code.expires_at) - gatewayNow()) / 1000;
  const pay = (outcome) => () => {
    const notify = document.getElementById('notify').checked;
    return act(page, it.id, 'pay', { outcome, notify }, t(`customer.${outcome}.done`));
  };
  const picture = `/_local/payment_intents/${it.id}/qr.svg?${it.qr_code.reference}`;
  const link = /^https?:/.test(it.qr_code.content);
  return section(
    'customer',
    t('customer.title'),
    h(
      'div',
      { class: 'customer' },
      h('img', { class: 'qr', src: picture, width: 200, height: 200, alt: t('customer.code', { provider: it.qr_code.provider }) }),
      h(
        'div',
        {},
        h('p', {}, t('customer.intro')),
        h('div', { class: 'buttons stacked' }, OUTCOMES.map(({ outcome, kind }) => button(t(`customer.${outcome}`), pay(outcome), { kind, 'data-outcome': outcome }))),
        check('notify', t('customer.notify'), { checked: true }),
        link && h('p', {}, h('a', { href: it.qr_code.content, target: '_blank', rel: 'noreferrer' }, t('customer.page'))),
        h('p', { class: 'hint' }, t('customer.expires', { left: span(left) })),
      ),
    ),
  );
}

/** The terminal and the merchant. */
export function actions(page, it) {
  const merchant = MERCHANT.filter(({ can, most }) => (can ?? most)(it));
  return [
    isOpen(it) && section('terminal', t('terminal.title'), terminal(page, it)),
    merchant.length > 0 && section('merchant', t('merchant.title'), h('div', { class: 'forms' }, merchant.map((one) => merchantForm(page, it, one)))),
  ];
}

function terminal(page, it) {
  const allowed = it.payment_method_types.filter((method) => METHODS[method]);
  const form = (method) => {
    const confirm = (event) => {
      event.preventDefault();
      const body = { payment_method_type: method, ...Object.fromEntries(new FormData(event.currentTarget)) };
      return act(page, it.id, 'confirm', body, t('terminal.done'));
    };
    return h(
      'form',
      { class: 'inline', onsubmit: confirm, 'data-key': method, 'data-method': method },
      METHODS[method].map((one) => control(method, one)),
      h('button', { class: `button ${method === 'qr_mpm' && !it.qr_code ? 'primary' : ''}`, type: 'submit' }, t(it.qr_code && method === 'qr_mpm' ? 'terminal.again' : `terminal.${method}`)),
    );
  };
  return [h('p', {}, t(it.qr_code ? 'terminal.switch' : 'terminal.intro')), h('div', { class: 'forms' }, allowed.map(form))];
}

function control(method, { name, fixed, options, value, ask }) {
  if (fixed) return h('input', { type: 'hidden', name, value: fixed });
  const id = `${method}-${name}`;
  const label = t(`terminal.${method}.${name}`);
  const made = options ? select(id, options.map((one) => [one, one])) : input(id, { value, required: true });
  made.setAttribute('name', name);
  return [field(label, made), ask && button(t(`terminal.${method}.ask`), () => fill(id, name, ask))];
}

/** Has somebody else say what belongs into a field. */
async function fill(id, name, ask) {
  try {
    document.getElementById(id).value = (await ask())[name];
  } catch (error) {
    failed(error);
  }
}

function merchantForm(page, it, { action, name = () => action, most }) {
  const called = name(it);
  const limit = most?.(it);
  const id = `${action}-amount`;
  const submit = async (event) => {
    event.preventDefault();
    const typed = event.currentTarget.elements[id]?.value.trim();
    const amount = typed ? minorUnits(typed, it.currency) : undefined;
    if (Number.isNaN(amount)) return failed(new api.Refused(400, { message: t('new.bad_amount', { currency: it.currency }) }));
    await act(page, it.id, action, amount === undefined ? {} : { amount }, t(`merchant.${called}.done`));
  };
  return h(
    'form',
    { class: 'inline', onsubmit: submit, 'data-key': action, 'data-merchant': action },
    limit && field(t(`merchant.${action}.amount`), input(id, { inputmode: 'decimal', placeholder: plainAmount(limit, it.currency) }), t('merchant.all', { amount: money(limit, it.currency) })),
    h('button', { class: `button ${action === 'cancel' ? 'danger' : ''}`, type: 'submit' }, t(`merchant.${called}`)),
  );
}
