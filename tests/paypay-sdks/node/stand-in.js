'use strict';

// PayPay's SDK, set up for the stand-in, and the customer who pays there.

const assert = require('node:assert/strict');
const sdk = require('@paypayopa/paypayopa-sdk-node');

const url = new URL(process.env.PAYPAY_URL);
const apiKey = process.env.PAYPAY_API_KEY;
const apiSecret = process.env.PAYPAY_API_SECRET;
const merchant = process.env.PAYPAY_MERCHANT_ID;

// The SDK speaks HTTPS and nothing else; NODE_EXTRA_CA_CERTS has it trust the stand-in.
function configure({ clientSecret = apiSecret, merchantId } = {}) {
  const conf = new sdk.Conf({ hostName: 'localhost', portNumber: Number(url.port) });
  sdk.Configure({ clientId: apiKey, clientSecret, merchantId, conf });
}

// An id that no other test uses.
let count = 0;
function id(what) {
  count += 1;
  return `node-${what}-${process.pid}-${count}`;
}

function yen(amount) {
  return { amount, currency: 'JPY' };
}

// What every answer is judged by. `status` is that of the data, where there is one.
function assertAnswer(answer, [http, code, codeId], status) {
  assert.equal(answer.ERROR, undefined);
  const { resultInfo, data } = answer.BODY;
  assert.deepEqual(
    { http: answer.STATUS, code: resultInfo.code, codeId: resultInfo.codeId, status: data?.status },
    { http, code, codeId, status },
  );
  if (http >= 400) assert.equal(data, null);
  return data;
}

const OK = [200, 'SUCCESS', '08100001'];
const CREATED = [201, 'SUCCESS', '08100001'];
const ACCEPTED = [202, 'REQUEST_ACCEPTED', '08100001'];

module.exports = { ACCEPTED, CREATED, OK, apiSecret, assertAnswer, configure, id, merchant, sdk, yen };
