// Views of what is not there.

import { h } from './dom.js';
import { empty, heading } from './parts.js';
import { t } from './text.js';

export const missing = () => ({
  title: () => t('missing.title'),
  load: async () => undefined,
  draw: () => [heading(t('missing.title')), empty(t('missing.why'), h('p', {}, h('a', { href: '#/payments' }, t('payments.title'))))],
});

export const unreachable = () => [heading(t('lost.title')), empty(t('lost.why'))];
