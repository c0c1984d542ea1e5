#!/usr/bin/env node
// A merchant's back end on the command line: see ../README.md.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { MpacPgwClient, MpacPgwConnectionError, MpacPgwError } from './mpac-pgw.js';
import { createBackEnd } from './server.js';

const USAGE = `usage: node main.js create AMOUNT [ORDER_ID [METHOD,METHOD...]]
       node main.js retrieve PAYMENT_INTENT_ID
       node main.js serve [PORT [ADDRESS]]`;

class UsageError extends Error {}

function setting(name) {
  const value = process.env[name];
  if (!value) throw new UsageError(`set ${name}: your gateway prints it when it starts`);
  return value;
}

async function run([command, ...args]) {
  const client = new MpacPgwClient({
    merchantId: setting('MPS_MERCHANT_ID'),
    secretKey: setting('MPS_SECRET_KEY'),
    baseUrl: process.env.MPS_BASE_URL || undefined,
  });
  if (command === 'retrieve' && args.length === 1) {
    return client.retrievePaymentIntent(args[0]);
  }
  if (command === 'serve' && args.length <= 2) {
    return serve(client, ...args);
  }
  if (command === 'create' && args.length >= 1 && args.length <= 3) {
    const [amount, orderId = `order_${randomUUID()}`, methods = 'qr_mpm,credit_card,cash'] = args;
    if (!/^-?\d+$/.test(amount)) throw new UsageError(`AMOUNT is a whole number of minor units, not ${amount}`);
    return client.createPaymentIntent({
      merchant_ref_id: orderId,
      merchant_store_id: process.env.MPS_STORE_ID,
      merchant_terminal_id: process.env.MPS_TERMINAL_ID,
      amount: Number(amount),
      currency: 'JPY',
      payment_method_types: methods.split(','),
      capture_method: 'automatic',
    });
  }
  throw new UsageError(USAGE);
}

/** Answers the tills, until it is stopped. */
async function serve(client, port = '4300', address = '127.0.0.1') {
  const server = createBackEnd(client);
  try {
    await once(server.listen(Number(port), address), 'listening');
  } catch (error) {
    throw new UsageError(error.message);
  }
  return { listening: `http://${address}:${server.address().port}/payments` };
}

try {
  console.log(JSON.stringify(await run(process.argv.slice(2))));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(error.message);
    process.exitCode = 2;
  } else if (error instanceof MpacPgwError) {
    const { code, message, param, httpStatus } = error;
    console.error(JSON.stringify({ error: { code, message, param, http_status: httpStatus } }));
    process.exitCode = 1;
  } else if (error instanceof MpacPgwConnectionError) {
    console.error(JSON.stringify({ error: { code: 'connection_error', message: error.message } }));
    process.exitCode = 1;
  } else {
    throw error;
  }
}
