// The gateway's news: that something has changed, never what. While the page is not looked at, it
// does not listen: browsers allow few connections to one place, and many tabs would use them up.

/** Without a word for so long, the gateway is gone. It gives a sign of life every 3 seconds. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 1_000;

const TOPICS = ['clock', 'faults', 'payments', 'requests'];

/**
 * Listens until the page is closed. `heard(topic, data)` is called for news, and for everything
 * after each new connection; `connected(yes)` when the gateway is found or lost.
 */
export function listen({ heard, connected }) {
  let source;
  let watchdog;
  let again;

  function open() {
    close();
    source = new EventSource('/_local/stream');
    source.onerror = lost;
    for (const topic of TOPICS) {
      source.addEventListener(topic, ({ data }) => {
        alive();
        heard(topic, JSON.parse(data));
      });
    }
    watchdog = setTimeout(lost, PATIENCE_MS);
  }

  function alive() {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, PATIENCE_MS);
    connected(true);
  }

  function lost() {
    close();
    connected(false);
    again = setTimeout(open, AGAIN_MS);
  }

  function close() {
    clearTimeout(watchdog);
    clearTimeout(again);
    source?.close();
    source = undefined;
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', ({ persisted }) => persisted && open());
  if (!document.hidden) open();
}
