// What the page tells its reader: what a button has done, or why it could not.

import { h, show } from './dom.js';
import { Refused, Unreachable } from './api.js';
import { t } from './text.js';

const SHOWN_MS = 6_000;

let notice;
let timer;

/** Said aloud by screen readers, and not shown. */
export function announce(text) {
  document.getElementById('news').textContent = text;
}

export function done(text) {
  put({ text, kind: 'good' });
  timer = setTimeout(dismiss, SHOWN_MS);
}

/** An error stays until it is put away, or something else is done. */
export function failed(error) {
  if (error instanceof Refused) put({ text: error.message, title: t('refused', { status: error.status }), kind: 'bad' });
  else if (error instanceof Unreachable) put({ text: t('unreachable'), kind: 'bad' });
  else throw error;
}

export function dismiss() {
  clearTimeout(timer);
  notice = undefined;
  draw();
}

function put(fresh) {
  clearTimeout(timer);
  notice = fresh;
  draw();
}

function draw() {
  const place = document.getElementById('notices');
  if (!notice) return show(place);
  const { text, title, kind } = notice;
  show(
    place,
    h(
      'div',
      { class: `notice ${kind}`, role: kind === 'bad' ? 'alert' : 'status' },
      h('div', {}, title && h('strong', {}, title), h('p', {}, text)),
      h('button', { type: 'button', class: 'close', 'aria-label': t('dismiss'), onclick: dismiss }, '×'),
    ),
  );
}
