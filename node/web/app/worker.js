// The pages of this office without a line to it: what they are made of is kept, nothing that they show. Data and acts never
// come through here; a page keeps and sends those itself, with who came in before it (web-72).
const DIR = "{dir}";
const FILES = ["{files}"];
const TEXT = "/api/v1/text";
const WAIT_MS = 4000;

self.addEventListener("install", (e) => e.waitUntil(caches.open(DIR).then((c) => c.addAll(["/", `${TEXT}?lang=zh`, `${TEXT}?lang=en`, ...FILES])).then(() => self.skipWaiting())));
self.addEventListener("activate", (e) => e.waitUntil(caches.keys().then((all) => Promise.all(all.filter((n) => n !== DIR).map((n) => caches.delete(n)))).then(() => self.clients.claim())));

const kept = (request) => caches.open(DIR).then((c) => c.match(request, { ignoreVary: true }));
// A line that hangs is no line: after a while what is kept does.
const asked = (request) => new Promise((yes, no) => {
  const late = setTimeout(() => no(new Error("late")), WAIT_MS);
  fetch(request).then((r) => {
    clearTimeout(late);
    yes(r);
  }, (p) => {
    clearTimeout(late);
    no(p);
  });
});
const fresh = (request) => asked(request).catch(() => kept(request).then((r) => r || Response.error()));

self.addEventListener("fetch", (e) => {
  const u = new URL(e.request.url);
  if (e.request.method !== "GET" || u.origin !== location.origin) return;
  if (u.pathname === "/" || u.pathname === TEXT) e.respondWith(fresh(e.request));
  else if (u.pathname.startsWith(`${DIR}/`)) e.respondWith(kept(e.request).then((r) => r || fetch(e.request)));
});
