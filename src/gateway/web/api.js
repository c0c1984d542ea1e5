// What the page asks of the gateway.

/** The gateway answered, and the answer is no. */
export class Refused extends Error {
  constructor(status, { code, message, param } = {}) {
    super(message ?? `HTTP ${status}`);
    this.status = status;
    this.code = code;
    this.param = param;
  }
}

/** The gateway did not answer. */
export class Unreachable extends Error {}

async function ask(method, path, body) {
  const request = { method, cache: 'no-store' };
  if (body !== undefined) {
    request.headers = { 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  let response;
  let answer;
  try {
    response = await fetch(`/_local${path}`, request);
    answer = await response.json();
  } catch (error) {
    throw new Unreachable(error.message);
  }
  if (!response.ok) throw new Refused(response.status, answer.error);
  return answer;
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  return given.length ? `?${new URLSearchParams(given)}` : '';
}

const part = encodeURIComponent;

export const gateway = () => ask('GET', '/gateway');
export const payments = (search) => ask('GET', `/payment_intents${query(search)}`);
export const payment = (id) => ask('GET', `/payment_intents/${part(id)}`);
export const create = (order) => ask('POST', '/payment_intents', order);
export const act = (id, action, body) => ask('POST', `/payment_intents/${part(id)}/${action}`, body);
export const customerCode = () => ask('POST', '/customer_codes');
export const deliveries = (id) => ask('GET', `/webhook_deliveries${query({ payment_intent_id: id, limit: 100 })}`);
export const resend = (id) => ask('POST', `/webhook_deliveries/${part(id)}/resend`);
export const requests = (search) => ask('GET', `/requests${query(search)}`);
export const request = (id) => ask('GET', `/requests/${part(id)}`);
export const advance = (seconds) => ask('POST', '/clock', { seconds });
export const addFault = (rule) => ask('POST', '/faults', rule);
export const removeFault = (id) => ask('DELETE', `/faults/${part(id)}`);
export const clearFaults = () => ask('DELETE', '/faults');
export const audit = () => ask('GET', '/audit');
export const reset = () => ask('POST', '/reset', { yes: true });
