// The worker that keeps the pages themselves (worker.js): over TLS alone, and once somebody takes visits along.
const ADDRESS = "/sw.js";
let policy = null;

export const canTakeAlong = () => location.protocol === "https:" && window.isSecureContext && "serviceWorker" in navigator && typeof indexedDB !== "undefined" && !!(window.crypto && crypto.subtle);

// The one address that a page may name as a script (web-12).
function address() {
  if (!window.trustedTypes) return ADDRESS;
  policy = policy || window.trustedTypes.createPolicy("qian-worker", {
    createScriptURL: (s) => {
      if (s !== ADDRESS) throw new TypeError(s);
      return s;
    },
  });
  return policy.createScriptURL(ADDRESS);
}

export async function startWorker() {
  await navigator.serviceWorker.register(address());
  await navigator.serviceWorker.ready;
}
