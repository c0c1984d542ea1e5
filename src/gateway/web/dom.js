// Elements without a framework. A view is a function from data to elements; `morph` brings what is
// on the page to that state and leaves alone what is the same: focus, open details, typed text.

const LISTENER = /^on[a-z]+$/;

/**
 * Makes an element. `onclick` and the like are listeners; attributes that are null or false are
 * left out; children are elements, texts, or lists of them. Nothing is ever read as HTML.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (LISTENER.test(name)) {
      listen(element, name, value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter(isContent));
  return element;
}

const isContent = (child) => child !== null && child !== undefined && child !== false;

function listen(element, name, listener) {
  element[name] = listener;
  (element.listeners ??= new Set()).add(name);
}

/** Makes the children of `place` what `fresh` says, changing as little as possible. */
export function show(place, ...fresh) {
  const wanted = h('div', {}, ...fresh);
  morphChildren(place, wanted);
}

// What people set while they use the page is theirs.
const KEPT = {
  INPUT: ['value', 'checked'],
  OPTION: ['selected'],
  DETAILS: ['open'],
  DIALOG: ['open'],
};

function morph(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  const kept = KEPT[old.nodeName] ?? [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !kept.includes(name)) old.setAttribute(name, value);
  }
  for (const name of old.listeners ?? []) old[name] = null;
  for (const name of fresh.listeners ?? []) listen(old, name, fresh[name]);
  morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  const keyed = new Map();
  for (const child of old.children) {
    if (child.dataset.key) keyed.set(child.dataset.key, child);
  }
  let next = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const key = child.dataset?.key;
    const match = key ? keyed.get(key) : next;
    if (!match || !isSame(match, child)) {
      old.insertBefore(child, next);
    } else {
      if (match === next) next = next.nextSibling;
      else old.insertBefore(match, next);
      morph(match, child);
    }
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

const isSame = (a, b) =>
  a.nodeName === b.nodeName && a.type === b.type && a.dataset?.key === b.dataset?.key;
