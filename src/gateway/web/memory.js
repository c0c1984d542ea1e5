// What is remembered from one visit to the next. A browser may refuse to; then nothing is.

const PREFIX = 'mpac-gateway.';

export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Then it holds for this visit.
  }
}
