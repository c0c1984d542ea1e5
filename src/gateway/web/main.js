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

async function load(mine) {
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
    if (view.topics?.includes(topic)) refresh();
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
