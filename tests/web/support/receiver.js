// A merchant's webhook endpoint.

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { eventually } from './browser.js';

export class Receiver {
  requests = [];
  #server;

  constructor(server) {
    this.#server = server;
  }

  /** Answers with these statuses, one after the other. */
  static async start(gateway, statuses) {
    const server = createServer(async (request, response) => {
      receiver.requests.push({ body: await text(request), signature: request.headers['mpac-signature'] });
      response.statusCode = statuses.shift() ?? 200;
      response.end(response.statusCode === 200 ? 'thanks' : `no ${response.statusCode}`);
    });
    const receiver = new Receiver(server);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${server.address().port}/webhooks`;
    await gateway.signed('POST', '/v1/webhook_endpoints', { url });
    return receiver;
  }

  received(count) {
    return eventually(`${count} webhooks`, () => this.requests.length >= count);
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
