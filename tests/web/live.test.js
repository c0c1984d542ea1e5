// The dashboard is live, and finds things.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Visitor, eventually } from './support/browser.js';
import { CASH, Gateway } from './support/gateway.js';
import { Receiver } from './support/receiver.js';
import { badge, button, rows, suite } from './support/suite.js';

const gateway = () => suite.gateway;
const visitor = () => suite.visitor;

describe('live', () => {
  test('a payment appears and changes without a reload', async () => {
    const page = await visitor().dashboard();
    await page.getByText('No payments yet').waitFor();
    await page.evaluate(() => (window.untouched = true));
    const intent = await gateway().create({ merchant_ref_id: 'live-1' });
    const row = page.getByRole('row', { name: /live-1/ });
    await row.getByText('New').waitFor();
    await gateway().confirm(intent, CASH);
    await row.getByText('Succeeded').waitFor();
    await row.getByText('Cash').waitFor();
    await gateway().signed('POST', '/v1/refunds', { payment_intent_id: intent.id, amount: 400 });
    await row.getByText('−¥400').waitFor();
    assert.equal(await page.evaluate(() => window.untouched), true);
  });

  test('a payment that is looked at follows its customer, and says so', async () => {
    const intent = await gateway().shown();
    const page = await visitor().dashboard(`payments/${intent.id}`);
    await badge(page).getByText('Waiting for customer').waitFor();
    await gateway().pay(intent);
    await badge(page).getByText('Succeeded').waitFor();
    await page.locator('#news').getByText('Status: Succeeded').waitFor({ state: 'attached' });
    const steps = await page.locator('.history .to').allTextContents();
    assert.deepEqual(steps, ['New', 'Waiting for customer', 'Processing', 'Succeeded']);
  });

  test('typed text, focus and open details survive news', async () => {
    const receiver = await Receiver.start(gateway(), [200]);
    const intent = await gateway().paid();
    const page = await visitor().dashboard(`payments/${intent.id}`);
    await page.locator('.deliveries summary').click();
    const typed = page.getByLabel('Amount to refund');
    await typed.fill('12');
    await gateway().get(intent.id);
    await page.getByRole('row', { name: /GET/ }).waitFor();
    assert.equal(await typed.inputValue(), '12');
    assert.ok(await typed.evaluate((input) => input === document.activeElement));
    assert.ok(await page.locator('.deliveries').getByText('"payment_intent.succeeded"').isVisible());
    await receiver.stop();
  });

  test('a gateway that is gone is said to be gone, and found again', async () => {
    // Not of the ports that the system gives away: whoever asks in vain might be given this one.
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const mortal = await Gateway.start({ listen: `127.0.0.1:${port}` });
    const guest = new Visitor(suite.browser, mortal);
    await mortal.create({ merchant_ref_id: 'before' });
    const page = await guest.dashboard();
    await rows(page).getByText('before').waitFor();
    await mortal.stop();
    await page.getByRole('alert').getByText('Connection lost.').waitFor();
    assert.equal(await rows(page).count(), 1, 'what was known is still shown');
    await mortal.replace();
    await mortal.create({ merchant_ref_id: 'after' });
    await rows(page).getByText('after').waitFor();
    assert.equal(await rows(page).count(), 1, 'and what is not true any more is not');
    await page.getByText('Connection lost.').waitFor({ state: 'hidden' });
    await mortal.stop();
    guest.forgive(/net::ERR_(CONNECTION|INCOMPLETE|EMPTY)/);
    await guest.leave();
  });
});

describe('finding', () => {
  test('by status, reference, id and amount', async () => {
    const paid = await gateway().create({ merchant_ref_id: 'coffee-7', amount: 1500, currency: 'USD' });
    await gateway().confirm(paid, CASH);
    await gateway().create({ merchant_ref_id: '注文-8', amount: 1500 });
    const page = await visitor().dashboard();
    const names = async (expected) => {
      const seen = () => page.getByRole('rowheader').locator('a').allTextContents();
      await eventually(`${expected} is shown`, async () => `${await seen()}` === `${expected}`);
    };
    await names(['注文-8', 'coffee-7']);
    const search = page.getByRole('searchbox');
    for (const [typed, expected] of [
      ['COFFEE', ['coffee-7']],
      ['注文', ['注文-8']],
      ['￥１，５００', ['注文-8']],
      ['$15.00', ['coffee-7']],
      [paid.id, ['coffee-7']],
      ['', ['注文-8', 'coffee-7']],
    ]) {
      await search.fill(typed);
      await names(expected);
    }
    await page.getByLabel('Status').selectOption('Succeeded');
    await names(['coffee-7']);
    await search.fill('nothing');
    await page.getByText('No payment matches.').waitFor();
    await button(page, 'Show every payment').click();
    await names(['注文-8', 'coffee-7']);

    await search.fill('coffee');
    await names(['coffee-7']);
    await page.getByRole('link', { name: 'coffee-7' }).click();
    await badge(page).waitFor();
    await page.goBack();
    await names(['coffee-7']);
    assert.equal(await search.inputValue(), 'coffee', 'back is where one was');
  });

  test('page by page', async () => {
    for (let number = 1; number <= 53; number += 1) await gateway().create({ merchant_ref_id: `n-${number}` });
    const page = await visitor().dashboard();
    await page.getByRole('link', { name: 'n-53', exact: true }).waitFor();
    assert.equal(await rows(page).count(), 50);
    await button(page, 'Older →').click();
    await page.getByRole('link', { name: 'n-1', exact: true }).waitFor();
    assert.equal(await rows(page).count(), 3);
    assert.ok(await button(page, 'Older →').isDisabled());
    await button(page, '← Newer').click();
    await page.getByRole('link', { name: 'n-53', exact: true }).waitFor();
  });

  test('an address that leads nowhere says so', async () => {
    const page = await visitor().dashboard('payments/pi_01NOBODY');
    await page.getByText('There is nothing here').waitFor();
    visitor().forgive(/404/);
    await page.goto(`${gateway().url}/_local/dashboard#/elsewhere`);
    await page.reload();
    await page.getByText('There is nothing here').waitFor();
  });
});
