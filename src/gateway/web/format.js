// Amounts, times and texts as people read them.

import { locale } from './text.js';

const currencyFormat = (currency) =>
  new Intl.NumberFormat(locale(), { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });

/** How many digits of an amount are after the point. */
export const decimals = (currency) => currencyFormat(currency).resolvedOptions().maximumFractionDigits;

/** An amount in minor units, as in ¥1,500. */
export function money(amount, currency) {
  return currencyFormat(currency).format(amount / 10 ** decimals(currency));
}

/** The digits of an amount alone, as people type them: 1500, 12.34. */
export function plainAmount(amount, currency) {
  const digits = decimals(currency);
  return (amount / 10 ** digits).toFixed(digits);
}

/** What somebody typed, in minor units; NaN if it is no amount of this currency. */
export function minorUnits(typed, currency) {
  const plain = typed.normalize('NFKC').replace(/[,\s¥$€円]/g, '');
  const digits = decimals(currency);
  if (!/^\d+(\.\d+)?$/.test(plain)) return NaN;
  const [whole, part = ''] = plain.split('.');
  return part.length > digits ? NaN : Number(whole + part.padEnd(digits, '0'));
}

const date = (options) => new Intl.DateTimeFormat(locale(), options);

/** A moment of the gateway's clock, in full. */
export const moment = (at) => date({ dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at));

/** A moment as short as its distance from the gateway's now allows. */
export function shortMoment(at, now) {
  // Requests have milliseconds, and follow each other closely.
  const fraction = typeof at === 'number' ? { fractionalSecondDigits: 3 } : {};
  const time = { ...fraction, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return date(sameDay ? time : { month: 'numeric', day: 'numeric', ...time }).format(new Date(at));
}

/** A span of seconds in its largest units: 1 h 30 min. */
export function span(seconds) {
  const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const parts = [];
  let left = Math.max(0, Math.round(seconds));
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(number(count, { style: 'unit', unit, unitDisplay: 'short' }));
  }
  const zero = () => number(0, { style: 'unit', unit: 'second', unitDisplay: 'short' });
  return parts.slice(0, 2).join(' ') || zero();
}

export const number = (value, options) => new Intl.NumberFormat(locale(), options).format(value);

/** How long a request took. */
export const milliseconds = (ms) =>
  number(ms, { style: 'unit', unit: 'millisecond', unitDisplay: 'short', maximumFractionDigits: ms < 10 ? 1 : 0 });

/** JSON with line breaks; anything else, and JSON that was cut, as it is. */
export function formatted(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
