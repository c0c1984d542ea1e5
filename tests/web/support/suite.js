// One gateway and one browser for the tests of a file, and clean books for each of them.

import { after, afterEach, before } from 'node:test';
import { Visitor, launch } from './browser.js';
import { Gateway } from './gateway.js';

/** Filled in before the first test. */
export const suite = { browser: undefined, gateway: undefined, visitor: undefined };

before(async () => {
  suite.browser = await launch();
  suite.gateway = await Gateway.start();
  suite.visitor = new Visitor(suite.browser, suite.gateway);
});

after(async () => {
  await suite.browser?.close();
  await suite.gateway?.stop();
});

afterEach(async () => {
  await suite.visitor.leave();
  await suite.gateway.local('POST', '/reset', { yes: true });
});

// What the tests look for on a page.
export const heading = (page) => page.getByRole('heading', { level: 1 });
export const badge = (page) => page.locator('.heading .badge');
export const rows = (page) => page.getByRole('main').getByRole('row').filter({ has: page.getByRole('rowheader') });
export const button = (page, name) => page.getByRole('button', { name, exact: true });
