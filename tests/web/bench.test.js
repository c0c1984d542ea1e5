// Time, faults, the books, and the requests.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from './support/browser.js';
import { button, heading, rows, suite } from './support/suite.js';

const gateway = () => suite.gateway;
const visitor = () => suite.visitor;

describe('the bench', () => {
  test('time goes forward', async () => {
    const { id } = await gateway().create();
    const page = await visitor().dashboard('bench');
    await page.getByText('It only goes forward').waitFor();
    const ahead = async () => (await gateway().local('GET', '/clock')).advanced_seconds;
    await page.locator('[data-seconds="300"]').click();
    await page.getByText('5 mins ahead of this machine.').waitFor();
    assert.equal(await ahead(), 300);
    await page.getByLabel('Advance by', { exact: true }).fill('1.5');
    await page.getByLabel('Unit').selectOption('hours');
    await button(page, 'Advance').click();
    await page.getByText('1 hr 35 mins ahead').waitFor();
    assert.equal(await ahead(), 300 + 5400);
    assert.equal((await gateway().get(id)).status, 'cancelled', 'it has expired');
    await page.locator('[data-seconds="86400"]').click();
    await eventually('a day later', async () => (await ahead()) === 300 + 5400 + 86400);
    await gateway().local('POST', '/reset', { yes: true });
    await page.getByText('The same as this machine’s.').waitFor();
  });

  test('faults are made, met, removed', async () => {
    const page = await visitor().dashboard('bench');
    const plan = async () => (await gateway().local('GET', '/faults')).data;
    await page.getByText('No faults').waitFor();
    const add = page.locator('form').getByRole('button', { name: 'Add fault' });
    await add.click();
    await page.locator('.plan').getByText('Reply lost').waitFor();
    const [rule] = await plan();
    assert.deepEqual([rule.method, rule.path, rule.action, rule.count], ['POST', '/v1/payment_intents/*/confirm', 'drop_after_write', 1]);

    await page.getByLabel('Start from').selectOption({ label: 'Next 3 polls: 429, try again after 5 s' });
    await page.getByLabel('How often').fill('2');
    await add.click();
    await eventually('two rules', async () => (await plan()).length === 2);
    const [, second] = await plan();
    assert.deepEqual([second.status, second.retry_after, second.body, second.count], [429, 5, 'json', 2]);
    const intent = await gateway().create();
    await assert.rejects(gateway().get(intent.id), /429/);
    await page.locator('.plan').getByText('1 more').nth(1).waitFor();

    await button(page, 'Remove fault flt_2').click();
    await eventually('one rule', async () => (await plan()).length === 1);
    await button(page, 'Remove every fault').click();
    await page.getByText('No faults').waitFor();
    assert.deepEqual(await plan(), []);

    await page.getByLabel('What happens').selectOption('Slow drip');
    await page.getByLabel('Bytes at a time').fill('7');
    await page.getByLabel('Delay (ms)').fill('30');
    await page.getByLabel('HTTP method').selectOption('Any');
    await page.getByLabel('Path').fill('**');
    await page.getByLabel('How often').fill('0');
    await add.click();
    await eventually('a drip', async () => (await plan())[0]?.bytes === 7);
    const [drip] = await plan();
    assert.deepEqual([drip.method, drip.path, drip.delay_ms, drip.count], [null, '**', 30, 0]);
  });

  test('the books are checked', async () => {
    await gateway().paid();
    const page = await visitor().dashboard('bench');
    await button(page, 'Check the books').click();
    await page.getByText('The books agree. 1 payments').waitFor();
  });

  test('a reset asks first', async () => {
    await gateway().paid();
    const page = await visitor().dashboard('bench');
    const list = async () => (await gateway().local('GET', '/payment_intents')).data.length;
    await button(page, 'Reset…').click();
    const dialog = page.getByRole('dialog', { name: 'Delete everything?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await list(), 1);
    await button(page, 'Reset…').click();
    await dialog.getByRole('button', { name: 'Delete everything' }).click();
    await page.getByText('Everything is deleted.').waitFor();
    assert.equal(await list(), 0);
  });
});

describe('requests', () => {
  test('are shown as they were sent, without their secrets', async () => {
    const page = await visitor().dashboard('requests');
    await page.getByText('No requests yet').waitFor();
    await gateway().local('POST', '/faults', { action: 'status', status: 503, path: '/v1/events' });
    const intent = await gateway().shown({ merchant_ref_id: 'seen' });
    await gateway().signed('GET', '/v1/events').catch(() => {});
    await page.getByRole('row', { name: /v1\/events HTTP error 503/ }).waitFor();
    await page.getByRole('searchbox').fill('/confirm');
    await eventually('only the confirm', async () => (await rows(page).count()) === 1);
    await page.getByRole('link', { name: /confirm/ }).click();
    const text = await page.getByRole('main').filter({ hasText: 'user-agent' }).textContent();
    assert.ok(text.includes('"payment_token":"•••","payment_method_type":"qr_mpm"'), text);
    assert.ok(text.includes('"status":"requires_action"'));
    assert.ok(!text.includes(intent.payment_token.split('_secret_')[1]));
    await page.getByLabel('Format JSON').check();
    await page.getByText('\n  "payment_token": "•••",').waitFor();
    await page.getByRole('link', { name: intent.id }).click();
    await heading(page).getByText('seen').waitFor();
    await page.getByRole('row', { name: /confirm/ }).waitFor();
  });
});
