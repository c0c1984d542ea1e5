'use strict';

// The customer, on the pages of the stand-in's wallet: opens one, and presses a button.

async function press(url, button) {
  const page = await fetch(url);
  const html = await page.text();
  if (!page.ok || !html.includes(`value="${button}"`)) {
    throw new Error(`the page has no button ${button}: ${page.status}`);
  }
  const answer = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ act: button }),
    redirect: 'manual',
  });
  if (answer.status !== 303) throw new Error(`${button} was answered with ${answer.status}`);
  return new URL(answer.headers.get('location'), url);
}

module.exports = {
  pay: (url) => press(url, 'pay'),
  // Both come back to the merchant, with a token.
  consent: (url) => press(url, 'agree'),
  decline: (url) => press(url, 'decline'),
};
