// A client of the mpac-pgw PaymentIntent API for a merchant's back end. No dependencies.

import { createHash, createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/**
 * @typedef {object} CreateParams
 * @property {string} merchant_ref_id your order, unique for you
 * @property {number} amount in minor units: yen for JPY
 * @property {string[]} payment_method_types `qr_mpm`, `qr_cpm`, `credit_card`, `cash`
 * @property {string} [currency] ISO 4217, JPY when left out
 * @property {'automatic' | 'manual'} [capture_method]
 * @property {string} [merchant_store_id]
 * @property {string} [merchant_terminal_id]
 */

/** The gateway answered, and the answer is an error. */
export class MpacPgwError extends Error {
  /**
   * @param {number} httpStatus
   * @param {{ code?: string, message?: string, param?: string }} error the answer's `error` object
   */
  constructor(httpStatus, { code, message, param } = {}) {
    super(message ?? `the gateway answered HTTP ${httpStatus} without saying why`);
    this.name = 'MpacPgwError';
    this.httpStatus = httpStatus;
    this.code = code;
    this.param = param;
  }
}

/** No answer, so the outcome is unknown: look the order up, or repeat with the same Idempotency-Key. */
export class MpacPgwConnectionError extends Error {
  constructor(cause) {
    super(`no answer from the gateway: ${cause.cause?.message ?? cause.message}`, { cause });
    this.name = 'MpacPgwConnectionError';
  }
}

/** A payment, as the gateway describes it. Logging one does not show its `payment_token`. */
export class PaymentIntent {
  constructor(fields) {
    Object.assign(this, fields);
  }

  [inspect.custom](_depth, options) {
    return `PaymentIntent ${inspect({ ...this, payment_token: '[redacted]' }, options)}`;
  }
}

/** The string that a request's signature covers. `path` includes the query string, as sent. */
export function canonicalString({ method, path, timestamp, body = '' }) {
  const bodyHash = createHash('sha256').update(body).digest('hex');
  return [method, path, timestamp, bodyHash].join('\n');
}

/** The value of a request's Authorization header. `timestamp` is in seconds since 1970. */
export function authorization({ merchantId, secretKey, ...request }) {
  const signature = createHmac('sha256', secretKey).update(canonicalString(request)).digest('hex');
  return `HMAC-SHA256 ${merchantId}:${request.timestamp}:${signature}`;
}

export class MpacPgwClient {
  #secretKey;

  constructor({ merchantId, secretKey, baseUrl = 'http://127.0.0.1:4242', timeoutMs = 10_000, maxRetries = 2 }) {
    this.merchantId = merchantId;
    this.#secretKey = secretKey;
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.timeoutMs = timeoutMs;
    this.maxRetries = maxRetries;
  }

  /**
   * Creates a PaymentIntent. Store `idempotencyKey` with your order if you may have to repeat the
   * call after a restart: the gateway answers a repeated key with the payment it already made.
   * @param {CreateParams} params
   */
  async createPaymentIntent(params, { idempotencyKey = randomUUID() } = {}) {
    const fields = await this.#request('POST', '/v1/payment_intents', {
      body: JSON.stringify(params),
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey },
    });
    return new PaymentIntent(fields);
  }

  /** @param {string} id */
  async retrievePaymentIntent(id) {
    return new PaymentIntent(await this.#request('GET', `/v1/payment_intents/${encodeURIComponent(id)}`));
  }

  /** Sends a request until it has an answer worth keeping, every time with the same headers and body. */
  async #request(method, path, { body, headers } = {}) {
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt >= this.maxRetries;
      try {
        const { response, text } = await this.#send(method, path, body, headers);
        if (response.ok) return parse(text) ?? fail(response.status, 'the answer is not JSON');
        if (last || !isTemporary(response.status)) throw new MpacPgwError(response.status, parse(text)?.error);
        await sleep(delay(attempt, response.headers.get('retry-after')));
      } catch (error) {
        if (error instanceof MpacPgwError) throw error;
        if (last) throw new MpacPgwConnectionError(error);
        await sleep(delay(attempt));
      }
    }
  }

  async #send(method, path, body, headers) {
    const url = new URL(this.baseUrl + path);
    const response = await fetch(url, {
      method,
      body,
      headers: {
        ...headers,
        // Signed for each attempt: the gateway refuses a timestamp that is minutes old.
        Authorization: authorization({
          merchantId: this.merchantId,
          secretKey: this.#secretKey,
          method,
          path: url.pathname + url.search,
          timestamp: Math.floor(Date.now() / 1000),
          body,
        }),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(this.timeoutMs),
    });
    return { response, text: await response.text() };
  }
}

function isTemporary(status) {
  return status === 429 || status >= 500;
}

/** Milliseconds to wait: what the gateway asks for, else doubling from 0.5 s, with jitter. */
function delay(attempt, retryAfter) {
  const asked = Number.parseInt(retryAfter ?? '', 10);
  if (asked >= 0) return Math.min(asked, 30) * 1000;
  return 500 * 2 ** attempt * (0.5 + Math.random() / 2);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fail(status, message) {
  throw new MpacPgwError(status, { message });
}
