// What every view knows of the gateway, as far as it has been told.

export const state = {
  /** Undefined until it has answered once. */
  gateway: undefined,
  faults: [],
  aheadSeconds: 0,
  connected: undefined,
};

let toldAt = 0;
let toldNow = Date.now();

/** The gateway's clock says so now. It counts whole seconds, so this one does not jump for less. */
export function setClock({ now, advanced_seconds: ahead }) {
  const told = Date.parse(now);
  if (ahead !== state.aheadSeconds || Math.abs(told - gatewayNow()) > 1500) {
    toldNow = told;
    toldAt = performance.now();
  }
  state.aheadSeconds = ahead;
}

/** The gateway's time, in Unix milliseconds. */
export const gatewayNow = () => toldNow + performance.now() - toldAt;
