import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { MpacPgwConnectionError, MpacPgwError } from './mpac-pgw.js';
import { createBackEnd } from './server.js';

/** Serves with a stand-in for the gateway's client. */
async function served(createPaymentIntent, use) {
  const server = createBackEnd({ createPaymentIntent }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  try {
    await use((body, { method = 'POST', path = '/payments' } = {}) => fetch(url + path, { method, body }));
  } finally {
    server.close();
    server.closeAllConnections?.();
  }
}

test('a till gets the token of a payment of that amount, and nothing else', async () => {
  const asked = [];
  const create = async (params) => {
    asked.push(params);
    return { id: 'pi_1', amount: params.amount, payment_token: 'pi_1_secret_2' };
  };
  await served(create, async (post) => {
    const answer = await post('{"amount": 1500}');
    assert.equal(answer.status, 201);
    assert.deepEqual(await answer.json(), { payment_token: 'pi_1_secret_2' });
    assert.equal((await post('{"amount": 1500}')).status, 201);
  });
  assert.deepEqual([asked[0].amount, asked[0].currency], [1500, 'JPY']);
  assert.notEqual(asked[0].merchant_ref_id, asked[1].merchant_ref_id);
});

test('what is no amount creates nothing', async () => {
  const create = () => assert.fail('created');
  await served(create, async (post) => {
    const long = `{"amount": 1500${' '.repeat(2000)}}`;
    for (const body of ['', 'null', '[]', '{"amount": "1500"}', '{"amount": 1.5}', '{"amount": 0}', long]) {
      assert.equal((await post(body)).status, 400, body);
    }
    assert.equal((await post(undefined, { method: 'GET' })).status, 405);
    assert.equal((await post('{"amount": 1500}', { path: '/orders' })).status, 404);
  });
});

test('a refusal and a lost connection are told apart from success', async () => {
  const errors = [
    [new MpacPgwError(400, { code: 'invalid_request', message: 'no' }), 'invalid_request'],
    [new MpacPgwConnectionError(new Error('lost')), 'connection_error'],
  ];
  for (const [error, code] of errors) {
    await served(() => Promise.reject(error), async (post) => {
      const answer = await post('{"amount": 1500}');
      assert.equal(answer.status, 502);
      assert.equal((await answer.json()).error.code, code);
    });
  }
});
