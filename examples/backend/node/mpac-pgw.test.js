import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { MpacPgwClient, PaymentIntent, authorization, canonicalString } from './mpac-pgw.js';

const file = new URL('../../../tests/vectors/request_signing.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8'));

for (const vector of vectors) {
  test(`signs ${vector.name}`, () => {
    assert.equal(canonicalString(vector), vector.message);
    const { secret_key: secretKey, merchant_id: merchantId, ...request } = vector;
    assert.equal(authorization({ secretKey, merchantId, ...request }), vector.authorization);
  });
}

test('logging a payment or a client shows no secret', () => {
  const payment = new PaymentIntent({ id: 'pi_1', payment_token: 'pi_1_secret_canary' });
  const client = new MpacPgwClient({ merchantId: 'test_merchant', secretKey: 'sk_canary' });
  assert.doesNotMatch(inspect({ payment, client }, { depth: 5, showHidden: true }), /canary/);
  assert.match(JSON.stringify(payment), /canary/);
});
