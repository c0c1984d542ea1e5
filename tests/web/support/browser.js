// Chromium, and pages in it that tolerate nothing: no error, no request to anywhere else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium', args: FLAGS });

/** Opens pages of one gateway, and remembers what they must not do. */
export class Visitor {
  #browser;
  #gateway;
  #contexts = [];
  #problems = [];
  #forgiven = [];

  constructor(browser, gateway) {
    this.#browser = browser;
    this.#gateway = gateway;
  }

  /** Opens a path of the gateway, or an address. */
  async open(path, { language = 'en-GB', scheme = 'light', width = 1280, height = 800, ...more } = {}) {
    const context = await this.#browser.newContext({
      locale: language,
      colorScheme: scheme,
      viewport: { width, height },
      timezoneId: 'Asia/Tokyo',
      ...more,
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    const target = new URL(path, this.#gateway.url);
    const home = target.origin;
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => this.#problems.push(`error: ${error.stack}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#problems.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== home && protocol !== 'data:') this.#problems.push(`asked elsewhere: ${request.url()}`);
    });
    await page.goto(target.href);
    return page;
  }

  dashboard(route = 'payments', options) {
    return this.open(`/_local/dashboard#/${route}`, options);
  }

  /** What the test itself brings about: a browser calls every refusal an error. */
  forgive(expected) {
    this.#forgiven.push(expected);
  }

  /** Closes every page; complains of what they have done. */
  async leave() {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    const [problems, forgiven] = [this.#problems.splice(0), this.#forgiven.splice(0)];
    const unforgiven = problems.filter((problem) => !forgiven.some((expected) => expected.test(problem)));
    assert.deepEqual(unforgiven, []);
    for (const expected of forgiven) assert.ok(problems.some((problem) => expected.test(problem)), `${expected} never happened`);
  }
}

/** Lets a browser say what hinders people; complains of anything. */
export async function assertAccessible(page, what) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
  assert.deepEqual(found, [], what);
}

export async function assertFits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(over, 0, `${what} is too wide`);
}

/** Waits until it holds, for what no page shows. */
export async function eventually(what, holds) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const held = await holds();
    if (held) return held;
    assert.ok(Date.now() < deadline, `never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
