// The customer's phone: the pages that a QR code leads to.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertAccessible, assertFits, eventually } from './support/browser.js';
import { QR } from './support/gateway.js';
import { button, heading, suite } from './support/suite.js';

const PHONE = { width: 360, height: 740 };

/** A payment, and the address that its QR code holds. */
async function code(more) {
  const intent = await suite.gateway.create(more);
  const { qr_content: address } = await suite.gateway.confirm(intent, QR);
  return { intent, address };
}

const becomes = (intent, status) =>
  eventually(`${intent.id} is ${status}`, async () => (await suite.gateway.get(intent.id)).status === status);

describe('a code', () => {
  test('is paid, and becomes a receipt', async () => {
    const { intent, address } = await code({ amount: 2500 });
    const page = await suite.visitor.open(address, PHONE);
    await heading(page).getByText('Payment').waitFor();
    await page.getByText('¥2,500').waitFor();
    await button(page, 'Pay').click();
    await heading(page).getByText('Paid').waitFor();
    await becomes(intent, 'succeeded');
    await page.reload();
    await heading(page).getByText('Paid').waitFor();
    assert.equal(await button(page, 'Pay').count(), 0, 'once');
  });

  test('is paid with the keyboard alone', async () => {
    const { intent, address } = await code();
    const page = await suite.visitor.open(address, PHONE);
    for (let presses = 0; presses < 10; presses += 1) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => document.activeElement.textContent);
      if (name === 'Pay') break;
    }
    await page.keyboard.press('Enter');
    await heading(page).getByText('Paid').waitFor();
    await becomes(intent, 'succeeded');
  });

  test('of a manual capture only reserves', async () => {
    const { intent, address } = await code({ capture_method: 'manual' });
    const page = await suite.visitor.open(address, PHONE);
    await button(page, 'Pay').click();
    await heading(page).getByText('Reserved').waitFor();
    await becomes(intent, 'processing');
  });

  test('is refused for want of balance', async () => {
    const { intent, address } = await code();
    const page = await suite.visitor.open(address, PHONE);
    await button(page, 'Not enough balance').click();
    await heading(page).getByText('Not paid').waitFor();
    assert.notEqual((await suite.gateway.get(intent.id)).status, 'succeeded');
  });

  test('is given up, and paid after all', async () => {
    const { intent, address } = await code();
    const page = await suite.visitor.open(address, PHONE);
    await button(page, 'Give up').click();
    await page.getByText('You gave up.').waitFor();
    assert.equal((await suite.gateway.get(intent.id)).status, 'requires_action');
    await button(page, 'Pay').click();
    await becomes(intent, 'succeeded');
  });

  test('expires, and is refused then', async () => {
    const { intent, address } = await code();
    const page = await suite.visitor.open(address, PHONE);
    await suite.gateway.local('POST', '/clock', { seconds: 5 * 60 + 1 });
    await page.reload();
    await heading(page).getByText('This code has expired').waitFor();
    assert.equal(await button(page, 'Pay').count(), 0);
    await button(page, 'Try to pay after expiry').click();
    await page.getByRole('alert').getByText('PayPay refuses').waitFor();
    await assertAccessible(page, 'refused');
    assert.equal((await suite.gateway.get(intent.id)).status, 'requires_action');
  });

  test('that was withdrawn leads nowhere', async () => {
    const { intent, address } = await code();
    await suite.gateway.local('POST', `/payment_intents/${intent.id}/cancel`, {});
    const page = await suite.visitor.open(address, PHONE);
    await heading(page).getByText('This code cannot be used').waitFor();
    suite.visitor.forgive(/404/);
  });

  test('is on the dashboard, from where it is opened', async () => {
    const { intent, address } = await code();
    const page = await suite.visitor.dashboard(`payments/${intent.id}`);
    const link = page.getByRole('link', { name: 'Open the customer’s phone page' });
    assert.equal(await link.getAttribute('href'), address);
  });
});

describe('the wallet', () => {
  test('shows a code, with enough balance or too little', async () => {
    const { address } = await code();
    const page = await suite.visitor.open(new URL('/wallet', address).href, PHONE);
    const digits = () => page.locator('.digits').textContent();
    const first = await digits();
    assert.match(first, /^(\d{4} ?)+$/);
    await page.getByRole('button', { name: 'Too low' }).click();
    await page.getByRole('button', { name: 'Too low', pressed: true }).waitFor();
    await eventually('another code', async () => (await digits()) !== first);
  });

  for (const [scheme, language] of [['light', 'en-GB'], ['dark', 'ja-JP']]) {
    test(`can be used by everyone, ${scheme}, ${language}`, async () => {
      const { address } = await code({ amount: 99_999_999, merchant_store_id: 'shibuya' });
      const wallet = new URL('/wallet', address).href;
      const page = await suite.visitor.open(address, { ...PHONE, scheme, language });
      const check = async (what) => {
        await page.locator('h1').waitFor();
        assert.equal(await page.locator('html').getAttribute('lang'), language.slice(0, 2));
        await assertAccessible(page, what);
        await assertFits(page, what);
      };
      await check('code');
      await page.locator('[value="give_up"]').click();
      await page.locator('.notice').waitFor();
      await check('given up');
      await page.locator('[value="pay"]').click();
      await page.locator('[value="pay"]').waitFor({ state: 'detached' });
      await check('receipt');
      await page.goto(wallet);
      await check('wallet');
      await page.goto(`${wallet}/nowhere`);
      await check('nowhere');
      suite.visitor.forgive(/404/);
    });
  }

  test('speaks the language that is chosen', async () => {
    const { address } = await code();
    const page = await suite.visitor.open(address, { ...PHONE, language: 'ja-JP' });
    await heading(page).getByText('お支払い').waitFor();
    await page.getByRole('link', { name: 'English' }).click();
    await heading(page).getByText('Payment').waitFor();
    await button(page, 'Give up').click();
    await page.getByText('You gave up.').waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  });
});
