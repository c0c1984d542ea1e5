// Finds the view that the address names, shows it, and keeps it up to date.

import * as api from './api.js';
import { show } from './dom.js';
import { dismiss, failed } from './notices.js';
import { missing, unreachable } from './nothing.js';
import { drawShell } from './shell.js';
import { setClock, state } from './state.js';
import { listen } from './stream.js';
import { language, t } from './text.js';
import { bench } from './bench.js';
import { newPayment } from './new-payment.js';
import { payment } from './payment.js';
import { payments } from './payments.js';
import { request } from './request.js';
import { requests } from './requests.js';

// A view has a `title`, the `topics` that concern it, `load` for its data and `draw` for its
// elements; one that shows time passing has `ticks`.
const ROUTES = [
  [/^$/, payments],
  [/^payments$/, payments],
  [/^payments\/(\w+)$/, payment],
  [/^new$/, newPayment],
  [/^requests$/, requests],
  [/^requests\/(\w+)$/, request],
  [/^bench$/, bench],
];

const main = document.getElementById('main');
let view;
let data;
let loading;

// News may come faster than it can be looked at: what took long to load is not loaded again for a
// few times as long, so that a page that watches does not keep the gateway busy.
const REST = 4;
const LONGEST_REST_MS = 5_000;
let restUntil = 0;
let resting;

const page = {
  refresh,
  redraw,
  go: (route) => (location.hash = `#/${route}`),
};

function open({ focus = true } = {}) {
  const [route, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const found = ROUTES.find(([pattern]) => pattern.test(route));
  dismiss();
  data = undefined;
  view = found ? found[1](page, route.match(found[0])[1], new URLSearchParams(search)) : missing();
  show(main);
  redraw();
  scrollTo(0, 0);
  refresh().then(() => focus && main.querySelector('h1')?.focus());
}

/** Loads what is shown again. Asked for while it is loading, it loads once more. */
async function refresh() {
  if (loading?.view === view) {
    loading.again = true;
    return loading.promise;
  }
  const mine = { view, again: false };
  loading = mine;
  mine.promise = load(mine);
  return mine.promise;
}

function refreshForNews() {
  clearTimeout(resting);
  const rest = restUntil - performance.now();
  if (rest > 0) resting = setTimeout(refresh, rest);
  else refresh();
}

async function load(mine) {
  const start = performance.now();
  do {
    mine.again = false;
    try {
      const fresh = await mine.view.load?.();
      if (view !== mine.view) return;
      data = { value: fresh };
    } catch (error) {
      if (view !== mine.view) return;
      if (error instanceof api.Refused && error.status === 404) data = { missing: true };
      else if (error instanceof api.Unreachable) data ??= { unreachable: true };
      else failed(error);
    }
  } while (mine.again);
  loading = undefined;
  const end = performance.now();
  restUntil = end + Math.min(REST * (end - start), LONGEST_REST_MS);
  redraw();
}

function redraw() {
  document.documentElement.lang = language();
  const title = data?.missing ? t('missing.title') : view.title(data?.value);
  document.title = `${title} · mpac-gateway`;
  drawShell(redrawAll);
  if (data?.missing) show(main, missing().draw());
  else if (data?.unreachable) show(main, unreachable());
  else if (data) show(main, view.draw(data.value));
}

function redrawAll() {
  dismiss();
  redraw();
}

addEventListener('hashchange', () => open());

setInterval(() => {
  drawShell(redrawAll);
  if (view.ticks && data) redraw();
}, 1000);

listen({
  heard(topic, news) {
    if (topic === 'clock') setClock(news);
    if (topic === 'faults') state.faults = news;
    if (view.topics?.includes(topic)) refreshForNews();
    else if (topic === 'clock' || topic === 'faults') redraw();
  },
  async connected(yes) {
    if (state.connected === yes) return;
    state.connected = yes;
    drawShell(redrawAll);
    if (!yes) return;
    // It may be another gateway than before.
    state.gateway = await api.gateway().catch(() => undefined);
    refresh();
  },
});

open({ focus: false });
