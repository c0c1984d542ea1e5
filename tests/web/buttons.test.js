// Each button does what it says, as the API can tell.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from './support/browser.js';
import { Receiver } from './support/receiver.js';
import { badge, button, heading, suite } from './support/suite.js';

const gateway = () => suite.gateway;
const visitor = () => suite.visitor;

describe('buttons', () => {
  const follow = async (page, id, status) => {
    await eventually(`${id} is ${status}`, async () => (await gateway().get(id)).status === status);
    return gateway().get(id);
  };

  test('create, show a code, and pay it', async () => {
    const page = await visitor().dashboard();
    await page.getByRole('link', { name: 'New payment' }).first().click();
    await page.getByLabel('Amount').fill('12.50');
    await button(page, 'Create payment').click();
    await page.getByText('Write an amount of JPY').waitFor();
    await page.getByLabel('Amount').fill('1,250');
    await page.getByLabel('Reference').fill('from-the-page');
    await page.getByLabel('Card').uncheck();
    await page.getByLabel('Capture').selectOption('manual');
    await button(page, 'Create payment').click();
    await heading(page).getByText('¥1,250').waitFor();
    const id = page.url().split('/').at(-1);
    const made = await gateway().get(id);
    assert.equal(made.amount, 1250);
    assert.equal(made.merchant_ref_id, 'from-the-page');
    assert.equal(made.capture_method, 'manual');
    assert.deepEqual(made.payment_method_types, ['qr_mpm', 'qr_cpm', 'cash']);

    await button(page, 'Show QR code').click();
    const picture = page.getByRole('img', { name: 'QR code of PAYPAY' });
    await eventually('the picture is there', () => picture.evaluate((image) => image.complete && image.naturalWidth > 0));
    await button(page, 'Pay').click();
    await page.getByText('The customer has paid.').waitFor();
    await badge(page).getByText('Reserved').waitFor();
    await page.getByLabel('Amount to capture').fill('1000');
    await button(page, 'Capture').click();
    await badge(page).getByText('Succeeded').waitFor();
    assert.equal((await gateway().get(id)).amount_captured, 1000);
  });

  test('dollars are typed as dollars', async () => {
    const page = await visitor().dashboard('new');
    await page.getByLabel('Currency').selectOption('USD');
    await page.getByLabel('Amount').fill('12.5');
    await button(page, 'Create payment').click();
    await heading(page).getByText('$12.50').waitFor();
    const id = page.url().split('/').at(-1);
    assert.equal((await gateway().get(id)).amount, 1250);
    await button(page, 'Record cash payment').click();
    await badge(page).getByText('Succeeded').waitFor();
    await page.getByLabel('Amount to refund').fill('2.25');
    await button(page, 'Refund').click();
    await page.locator('.refunds').getByText('$2.25').waitFor();
    assert.equal((await gateway().get(id)).amount_refunded, 225);
  });

  test('a customer who has not enough balance, and one who gives up', async () => {
    const poor = await gateway().shown();
    const page = await visitor().dashboard(`payments/${poor.id}`);
    await button(page, 'Not enough balance').click();
    await badge(page).getByText('Failed').waitFor();
    await page.locator('.history').getByText('refused by the provider').waitFor();
    await follow(page, poor.id, 'failed');
    const shy = await gateway().shown();
    await page.goto(`${gateway().url}/_local/dashboard#/payments/${shy.id}`);
    await button(page, 'Give up').click();
    await page.getByText('The customer has given up.').waitFor();
    assert.equal((await gateway().get(shy.id)).status, 'requires_action');
    await button(page, 'Pay').click();
    await follow(page, shy.id, 'succeeded');
  });

  test('a code on the customer’s phone is scanned', async () => {
    const { id } = await gateway().create({ payment_method_types: ['qr_cpm'] });
    const page = await visitor().dashboard(`payments/${id}`);
    await button(page, 'Customer shows a code').click();
    const code = page.getByLabel('Code on the customer’s phone');
    await eventually('a code', async () => /^\d+$/.test(await code.inputValue()));
    await button(page, 'Scan the code').click();
    assert.equal((await follow(page, id, 'succeeded')).payment_method_type, 'qr_cpm');
  });

  test('a refund of a part, and then no other', async () => {
    const { id } = await gateway().paid();
    const page = await visitor().dashboard(`payments/${id}`);
    await page.getByLabel('Amount to refund').fill('1501');
    await button(page, 'Refund').click();
    await page.getByRole('alert').getByText('amount must be at most 1500').waitFor();
    await page.getByLabel('Amount to refund').fill('abc');
    await button(page, 'Refund').click();
    await page.getByRole('alert').getByText('Write an amount').waitFor();
    await page.getByLabel('Amount to refund').fill('500');
    await button(page, 'Refund').click();
    await page.locator('.refunds').getByText('¥500').waitFor();
    assert.equal((await gateway().get(id)).amount_refunded, 500);
    assert.equal(await button(page, 'Refund').count(), 0);
    visitor().forgive(/409/);
  });

  test('a refund of all', async () => {
    const { id } = await gateway().paid();
    const page = await visitor().dashboard(`payments/${id}`);
    await button(page, 'Refund').click();
    await page.locator('.refunds').getByText('¥1,500').waitFor();
    assert.equal((await gateway().get(id)).amount_refunded, 1500);
  });

  test('cancel, and release', async () => {
    const open = await gateway().shown();
    const page = await visitor().dashboard(`payments/${open.id}`);
    await button(page, 'Cancel the payment').click();
    await badge(page).getByText('Cancelled').waitFor();
    await follow(page, open.id, 'cancelled');
    const reserved = await gateway().paid({ capture_method: 'manual' });
    await page.goto(`${gateway().url}/_local/dashboard#/payments/${reserved.id}`);
    await button(page, 'Release the money').click();
    const released = await follow(page, reserved.id, 'failed');
    assert.equal(released.failure_reason, 'released');
  });

  test('a card, cash, and another code', async () => {
    const card = await gateway().create();
    const page = await visitor().dashboard(`payments/${card.id}`);
    await page.getByLabel('Brand').selectOption('JCB');
    await page.getByLabel('Approval code').fill('A-77');
    await button(page, 'Record card payment').click();
    const paid = await follow(page, card.id, 'succeeded');
    assert.equal(paid.provider, 'JCB');

    const cash = await gateway().shown();
    await page.goto(`${gateway().url}/_local/dashboard#/payments/${cash.id}`);
    const picture = () => page.getByRole('img', { name: 'QR code of PAYPAY' });
    const first = await picture().getAttribute('src');
    await button(page, 'New QR code').click();
    await eventually('another picture', async () => (await picture().getAttribute('src')) !== first);
    await button(page, 'Record cash payment').click();
    assert.equal((await follow(page, cash.id, 'succeeded')).provider, 'CASH');
    await picture().waitFor({ state: 'detached' });
  });

  test('a payment that the provider does not tell of is found out later', async () => {
    const { id } = await gateway().shown();
    const page = await visitor().dashboard(`payments/${id}`);
    await page.getByLabel('The provider tells the gateway at once').uncheck();
    await button(page, 'Pay').click();
    await page.getByText('The customer has paid.').waitFor();
    await follow(page, id, 'succeeded');
    await badge(page).getByText('Succeeded').waitFor();
  });

  test('a webhook is shown with every attempt, and sent again', async () => {
    const receiver = await Receiver.start(gateway(), [500, 200, 200]);
    const { id } = await gateway().paid();
    await receiver.received(1);
    const page = await visitor().dashboard(`payments/${id}`);
    const delivery = page.locator('.deliveries li').first();
    await delivery.getByText('On its way').waitFor();
    await delivery.locator('summary').click();
    await delivery.getByText('no 500').waitFor();
    await gateway().local('POST', '/clock', { seconds: 60 });
    await delivery.getByText('Delivered').waitFor();
    await button(page, 'Send again').click();
    await receiver.received(3);
    await delivery.getByText('Attempts: 3').waitFor();
    const [first, , last] = receiver.requests;
    assert.equal(last.body, first.body, 'the same event');
    await delivery.getByText(`MPAC-Signature: ${last.signature}`).last().waitFor();
    assert.equal(await delivery.locator('pre').first().textContent(), JSON.stringify(JSON.parse(first.body), null, 2));
    await receiver.stop();
  });
});
