// The real gateway, and what back ends and terminals ask of it.

import { spawn } from 'node:child_process';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';

const PROGRAM = process.env.MPAC_GATEWAY_BIN;
const MERCHANT = 'test_merchant';
const SECRET = 'sk_test_local_gateway_only';

export const METHODS = ['qr_mpm', 'credit_card', 'cash'];
export const QR = { payment_method_type: 'qr_mpm', provider: 'PAYPAY' };
export const CASH = { payment_method_type: 'cash' };

/** A gateway process with an empty store. */
export class Gateway {
  #process;
  #options;

  constructor(process, url, options) {
    this.#process = process;
    this.#options = options;
    this.url = url;
  }

  static async start({ listen = '127.0.0.1:0' } = {}) {
    if (!PROGRAM) throw new Error('MPAC_GATEWAY_BIN must name the program: cargo xtask test web sets it');
    const merchant = ['--merchant', `${MERCHANT}:${SECRET}`];
    // The port after the gateway's may be somebody else's.
    const args = ['serve', '--ephemeral', '--quiet', '--listen', listen, '--paypay-listen', '127.0.0.1:0', ...merchant];
    const child = spawn(PROGRAM, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      const url = line.match(/http:\/\/[\w.:]+/)?.[0];
      if (url) {
        // Read on: a full pipe would stop it.
        child.stdout.resume();
        // One that a failed test leaves behind must not keep the others waiting.
        child.unref();
        child.stdout.unref();
        process.once('exit', () => child.kill('SIGKILL'));
        return new Gateway(child, url, { listen: url.replace('http://', '') });
      }
    }
    throw new Error('the gateway has ended before it listened');
  }

  stop() {
    return new Promise((resolve) => {
      this.#process.ref();
      this.#process.once('exit', resolve);
      this.#process.kill('SIGKILL');
    });
  }

  /** Another process at the same address, which knows nothing of the one before. */
  async replace() {
    const next = await Gateway.start(this.#options);
    this.#process = next.#process;
  }

  async send(method, path, { body, headers = {} } = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const json = text === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await fetch(this.url + path, { method, headers: { ...json, ...headers }, body: text });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.error?.message}`);
    return answer;
  }

  signed(method, path, body) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const timestamp = Math.floor(Date.now() / 1000);
    const hash = createHash('sha256').update(text).digest('hex');
    const signature = createHmac('sha256', SECRET).update([method, path, timestamp, hash].join('\n')).digest('hex');
    const headers = { Authorization: `HMAC-SHA256 ${MERCHANT}:${timestamp}:${signature}` };
    return this.send(method, path, { body, headers });
  }

  create(more = {}) {
    const order = { merchant_ref_id: `order_${randomUUID()}`, amount: 1500, payment_method_types: METHODS };
    return this.signed('POST', '/v1/payment_intents', { ...order, ...more });
  }

  get(id) {
    return this.signed('GET', `/v1/payment_intents/${id}`);
  }

  confirm({ id, payment_token }, method) {
    return this.send('POST', `/v1/payment_intents/${id}/confirm`, { body: { payment_token, ...method } });
  }

  local(method, path, body) {
    return this.send(method, `/_local${path}`, { body });
  }

  pay({ id }) {
    return this.local('POST', `/payment_intents/${id}/pay`, {});
  }

  /** A payment whose code is on show. */
  async shown(more) {
    const intent = await this.create(more);
    await this.confirm(intent, QR);
    return intent;
  }

  async paid(more) {
    const intent = await this.shown(more);
    await this.pay(intent);
    return intent;
  }
}
