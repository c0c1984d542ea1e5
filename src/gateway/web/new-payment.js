// An order, as a merchant's back end would place it.

import * as api from './api.js';
import { h } from './dom.js';
import { minorUnits } from './format.js';
import { done, failed } from './notices.js';
import { check, field, heading, input, select } from './parts.js';
import { state } from './state.js';
import { t, word } from './text.js';

const CURRENCIES = ['JPY', 'USD', 'EUR', 'KRW', 'KWD'];
const METHODS = ['qr_mpm', 'qr_cpm', 'credit_card', 'cash'];
const CAPTURES = ['automatic', 'manual'];

export function newPayment(page) {
  const reference = `order_${Date.now().toString(36)}`;
  let problem;

  async function submit(event) {
    event.preventDefault();
    const form = event.currentTarget.elements;
    const currency = form.currency.value;
    const order = {
      amount: minorUnits(form.amount.value, currency),
      currency,
      merchant_ref_id: form.reference.value.trim(),
      payment_method_types: METHODS.filter((method) => form[method].checked),
      capture_method: form.capture.value,
      merchant_id: form.merchant?.value,
    };
    problem = Number.isNaN(order.amount) ? t('new.bad_amount', { currency }) : undefined;
    page.redraw();
    if (problem) return form.amount.focus();
    try {
      const created = await api.create(order);
      page.go(`payments/${created.id}`);
      done(t('new.done'));
    } catch (error) {
      failed(error);
    }
  }

  const merchants = () => {
    const known = state.gateway?.merchants ?? [];
    return known.length > 1 && field(t('new.merchant'), select('merchant', known.map((id) => [id, id])));
  };

  const amount = () => {
    const control = input('amount', { value: '1500', inputmode: 'decimal', required: true, 'aria-invalid': problem ? 'true' : null });
    return field(t('new.amount'), control, problem);
  };

  return {
    title: () => t('new.title'),
    load: async () => undefined,
    draw: () => [
      heading(t('new.title')),
      h(
        'form',
        { class: 'card form', onsubmit: submit },
        h('p', { class: 'intro' }, t('new.intro')),
        h('div', { class: 'pair' }, amount(), field(t('new.currency'), select('currency', CURRENCIES.map((code) => [code, code]), { value: 'JPY' }))),
        field(t('new.reference'), input('reference', { value: reference, required: true, maxlength: 64 }), t('new.reference_hint')),
        merchants(),
        h('fieldset', {}, h('legend', {}, t('new.methods')), METHODS.map((method) => check(method, word('method', method), { checked: true }))),
        field(t('new.capture'), select('capture', CAPTURES.map((name) => [name, t(`new.capture.${name}`)]))),
        h('div', { class: 'buttons' }, h('button', { class: 'button primary', type: 'submit' }, t('new.create')), h('a', { class: 'button', href: '#/payments' }, t('back_out'))),
      ),
    ],
  };
}
