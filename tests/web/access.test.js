// Everyone can use it: with a keyboard, on a phone, in both languages, in light and in dark.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import en from '../../src/gateway/web/text-en.js';
import ja from '../../src/gateway/web/text-ja.js';
import { assertAccessible, assertFits, eventually } from './support/browser.js';
import { Receiver } from './support/receiver.js';
import { badge, button, heading, suite } from './support/suite.js';

const WEB = new URL('../../src/gateway/web/', import.meta.url);

/** One of everything there is to look at, and how it is known to be there. */
async function everything() {
  const { gateway } = suite;
  const receiver = await Receiver.start(gateway, [500, 200]);
  const waiting = await gateway.shown({ merchant_ref_id: 'a-reference-that-is-as-long-as-it-may-be_0123456789_0123456789_xyz'.slice(0, 64) });
  const paid = await gateway.paid({ amount: 99_999_999_999 });
  await gateway.signed('POST', '/v1/refunds', { payment_intent_id: paid.id, amount: 1, reason: 'cold' });
  const reserved = await gateway.paid({ capture_method: 'manual' });
  const cancelled = await gateway.shown();
  await gateway.local('POST', `/payment_intents/${cancelled.id}/cancel`, {});
  await receiver.received(2);
  await gateway.local('POST', '/faults', { action: 'status', status: 503, path: '/v1/events' });
  await gateway.signed('GET', '/v1/events').catch(() => {});
  await gateway.local('POST', '/faults', { action: 'drop_after_write', count: 0, path: '/v1/**' });
  await gateway.local('POST', '/clock', { seconds: 3 });
  await receiver.stop();
  const requests = (await gateway.local('GET', '/requests')).data;
  const confirm = requests.find(({ path }) => path.endsWith('/confirm'));
  return [
    ['payments', '.list'],
    ['payments?search=nothing', '.empty'],
    [`payments/${waiting.id}`, '.qr'],
    [`payments/${paid.id}`, '.refunds'],
    [`payments/${reserved.id}`, '[data-merchant=capture]'],
    [`payments/${cancelled.id}`, '.history'],
    ['new', 'form'],
    ['requests', '.log'],
    [`requests/${confirm.id}`, '.head'],
    ['bench', '.plan'],
    ['nowhere', '.empty'],
  ];
}

/** Opens whatever can be opened. */
async function unfold(page) {
  for (const summary of await page.locator('summary').all()) await summary.click();
}

describe('accessible', () => {
  for (const [scheme, language] of [['light', 'en-GB'], ['dark', 'ja-JP']]) {
    test(`every view, ${scheme}, ${language}`, async () => {
      const views = await everything();
      const page = await suite.visitor.dashboard('payments', { scheme, language });
      for (const [route, sign] of views) {
        await page.goto(`${suite.gateway.url}/_local/dashboard#/${route}`);
        await page.locator(sign).first().waitFor();
        await unfold(page);
        await assertAccessible(page, route);
      }
    });

    test(`with nothing to show, and with messages, ${scheme}, ${language}`, async () => {
      const page = await suite.visitor.dashboard('payments', { scheme, language });
      const text = { 'en-GB': en, 'ja-JP': ja }[language];
      await page.locator('.empty').waitFor();
      await assertAccessible(page, 'no payments');
      await page.goto(`${suite.gateway.url}/_local/dashboard#/requests`);
      await page.getByText(text['requests.none']).waitFor();
      await assertAccessible(page, 'no requests');
      await page.goto(`${suite.gateway.url}/_local/dashboard#/bench`);
      await button(page, text['audit.run']).click();
      await page.getByText(text['audit.clean']).waitFor();
      await page.locator('[data-seconds="300"]').click();
      await page.locator('.notice.good').waitFor();
      await assertAccessible(page, 'bench');
      await button(page, text['reset.ask']).click();
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page, 'dialog');
    });
  }

  test('a refusal and a lost connection', async () => {
    const page = await suite.visitor.dashboard('new');
    const { merchant_ref_id: taken } = await suite.gateway.local('POST', '/payment_intents', { merchant_ref_id: 'taken', amount: 1, payment_method_types: ['cash'] });
    await page.getByLabel('Reference').fill(taken);
    await button(page, 'Create payment').click();
    await page.locator('.notice.bad').getByText('merchant_ref_id is already used').waitFor();
    suite.visitor.forgive(/400/);
    await page.route('**/_local/stream', (route) => route.abort());
    await page.reload();
    await page.getByText('Connection lost.').waitFor();
    suite.visitor.forgive(/ERR_FAILED/);
    await assertAccessible(page, 'lost');
  });
});

describe('by keyboard', () => {
  /** Presses Tab until it is there; on the way, everything shows that it has the focus. */
  async function tabTo(page, target) {
    await target.waitFor();
    for (let presses = 0; presses < 60; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        const it = document.activeElement;
        const outlined = (pseudo) => getComputedStyle(it, pseudo).outlineStyle !== 'none';
        return it === document.body || outlined() || outlined('::after');
      });
      assert.ok(seen, `the focus is not seen on ${await page.evaluate(() => document.activeElement.outerHTML)}`);
    }
    assert.fail(`Tab does not lead to ${target}`);
  }

  test('one payment, from nothing to its refund', async () => {
    const page = await suite.visitor.dashboard();
    await page.locator('.empty').waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('link', { name: 'New payment' }).first());
    await page.keyboard.press('Enter');
    await heading(page).getByText('New payment').waitFor();
    await tabTo(page, page.getByLabel('Amount'));
    await page.keyboard.press('Control+A');
    await page.keyboard.type('2400');
    await page.keyboard.press('Enter');
    await heading(page).getByText('¥2,400').waitFor();
    await eventually('the heading has the focus', () => heading(page).evaluate((element) => element === document.activeElement));
    await tabTo(page, button(page, 'Show QR code'));
    await page.keyboard.press('Enter');
    await tabTo(page, button(page, 'Pay'));
    await page.keyboard.press('Space');
    await badge(page).getByText('Succeeded').waitFor();
    await tabTo(page, page.getByLabel('Amount to refund'));
    await page.keyboard.type('400');
    await page.keyboard.press('Enter');
    await page.locator('.refunds').getByText('¥400').waitFor();
    const id = page.url().split('/').at(-1);
    assert.equal((await suite.gateway.get(id)).amount_refunded, 400);
  });

  test('a dialog keeps the focus and lets go of it with Escape', async () => {
    const page = await suite.visitor.dashboard('bench');
    await tabTo(page, button(page, 'Reset…'));
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    assert.ok(await dialog.evaluate((element) => element.contains(document.activeElement)));
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Reset…');
  });
});

describe('on a phone', () => {
  for (const language of ['en-GB', 'ja-JP']) {
    test(`nothing is wider than the screen, ${language}`, async () => {
      const views = await everything();
      const page = await suite.visitor.dashboard('payments', { language, width: 360, height: 740 });
      for (const [route, sign] of views) {
        await page.goto(`${suite.gateway.url}/_local/dashboard#/${route}`);
        await page.locator(sign).first().waitFor();
        await unfold(page);
        await assertFits(page, route);
      }
    });
  }
});

describe('languages and colours', () => {
  test('are the reader’s, can be chosen, and are remembered', async () => {
    const page = await suite.visitor.dashboard('payments', { language: 'ja-JP', scheme: 'dark' });
    const root = page.locator('html');
    const dark = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await heading(page).getByText('決済').waitFor();
    assert.equal(await root.getAttribute('lang'), 'ja');
    const [before] = [await dark()];
    await page.getByLabel('言語').selectOption('English');
    await heading(page).getByText('Payments').waitFor();
    assert.equal(await root.getAttribute('lang'), 'en');
    assert.equal(await page.title(), 'Payments · mpac-gateway');
    await page.getByLabel('Colours').selectOption('Light');
    const light = await dark();
    assert.notEqual(light, before);
    await page.reload();
    await heading(page).getByText('Payments').waitFor();
    assert.equal(await dark(), light);
    assert.equal(await page.getByLabel('Language').inputValue(), 'en');
    assert.equal(await page.getByLabel('Colours').inputValue(), 'light');
  });

  test('a language that it does not have becomes English', async () => {
    const page = await suite.visitor.dashboard('payments', { language: 'fr-FR' });
    await heading(page).getByText('Payments').waitFor();
  });

  test('amounts have the decimals of their currency', async () => {
    const { id } = await suite.gateway.create({ amount: 123456, currency: 'KWD' });
    const page = await suite.visitor.dashboard(`payments/${id}`);
    await heading(page).getByText('123.456').waitFor();
  });

  test('both languages have the same texts, with the same places to fill in', () => {
    assert.deepEqual(Object.keys(ja), Object.keys(en));
    const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const key of Object.keys(en)) assert.deepEqual(places(ja[key]), places(en[key]), key);
  });

  test('every text that is asked for is there, and every text is asked for', () => {
    const sources = readdirSync(WEB).filter((name) => name.endsWith('.js') && !name.startsWith('text-'));
    const code = sources.map((name) => readFileSync(new URL(name, WEB), 'utf8')).join('\n');
    for (const [, key] of code.matchAll(/\bt\('([\w.]+)'/g)) assert.ok(Object.hasOwn(en, key), key);
    const asked = [...code.matchAll(/[`']((?:[\w.]|\$\{[^}]+\})+)['`]/g)].map(([, name]) => name);
    const kinds = [...code.matchAll(/\bword\('(\w+)'/g)].map(([, kind]) => `${kind}.\${}`);
    const optional = [...code.matchAll(/\boptions\([^)]*\)?, '([\w.]+)'/g)].map(([, kind]) => `${kind}.\${}`);
    const patterns = [...asked, ...kinds, ...optional].map((name) => new RegExp(`^${name.replace(/\./g, '\\.').replace(/\$\{[^}]*\}/g, '[\\w]+')}$`));
    for (const key of Object.keys(en)) assert.ok(patterns.some((pattern) => pattern.test(key)), `${key} is not used`);
  });
});
