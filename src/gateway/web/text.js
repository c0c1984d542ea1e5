// What the page says, in the language that its reader has chosen.

import en from './text-en.js';
import ja from './text-ja.js';
import { recall, remember } from './memory.js';

const TABLES = { en, ja };

export const LANGUAGES = { en: 'English', ja: '日本語' };

let current = known(recall('language')) ?? preferred();

function known(language) {
  return Object.hasOwn(TABLES, language ?? '') ? language : undefined;
}

function preferred() {
  const languages = navigator.languages.map((tag) => tag.split('-')[0].toLowerCase());
  return languages.find(known) ?? 'en';
}

export const language = () => current;

/** The tag for dates and numbers: the reader's own where it fits, as in en-GB. */
export function locale() {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(current)) ?? current;
}

export function choose(language) {
  current = language;
  remember('language', language);
}

/** The text for a key, with `{name}` filled in. */
export function t(key, values = {}) {
  const text = TABLES[current][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text for a word of the API; a word that this page does not know stands for itself. */
export function word(kind, value) {
  const key = `${kind}.${value}`;
  return Object.hasOwn(en, key) ? t(key) : value;
}
