// What a till asks of its merchant's back end: a payment for an amount, and of it the token alone.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { MpacPgwConnectionError, MpacPgwError } from './mpac-pgw.js';

const LONGEST_BODY = 1024;

class BadRequest extends Error {}

/**
 * `POST /payments` with `{"amount": 1500}` is answered with `{"payment_token": "pi_…_secret_…"}`.
 * A real back end looks the amount up in its own order, and first asks which till it is.
 * @param {import('./mpac-pgw.js').MpacPgwClient} client
 */
export function createBackEnd(client) {
  return createServer(async (request, response) => {
    const [status, answer] = await answerTo(client, request);
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    response.end(JSON.stringify(answer));
  });
}

async function answerTo(client, request) {
  if (request.url !== '/payments') return [404, problem('not_found', 'there is only /payments')];
  if (request.method !== 'POST') return [405, problem('method_not_allowed', 'POST it')];
  try {
    const payment = await client.createPaymentIntent({
      merchant_ref_id: `order_${randomUUID()}`,
      merchant_store_id: process.env.MPS_STORE_ID,
      merchant_terminal_id: process.env.MPS_TERMINAL_ID,
      amount: await readAmount(request),
      currency: 'JPY',
      payment_method_types: ['qr_mpm', 'qr_cpm', 'credit_card', 'cash'],
      capture_method: 'automatic',
    });
    return [201, { payment_token: payment.payment_token }];
  } catch (error) {
    if (error instanceof BadRequest) return [400, problem('invalid_request', error.message)];
    if (error instanceof MpacPgwError) return [502, problem(error.code, error.message)];
    if (error instanceof MpacPgwConnectionError) return [502, problem('connection_error', error.message)];
    console.error(error);
    return [500, problem('internal_error', 'the back end has failed')];
  }
}

async function readAmount(request) {
  let body = '';
  for await (const part of request.setEncoding('utf8')) {
    body += part;
    if (body.length > LONGEST_BODY) throw new BadRequest('the body is too long');
  }
  let amount;
  try {
    amount = JSON.parse(body).amount;
  } catch {
    throw new BadRequest('the body is not JSON with an amount');
  }
  if (!Number.isSafeInteger(amount) || amount <= 0) throw new BadRequest('amount is a whole number of yen');
  return amount;
}

function problem(code, message) {
  return { error: { code, message } };
}
