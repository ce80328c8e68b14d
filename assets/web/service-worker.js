// Keeps the page's files, so that it opens without a network after the first visit. The build puts the version and the
// list of files here. Another build has another version, which waits until no page of this one is open: a page and its
// workers have to be of one build.
const NAME = "implicit-bias-lab-";
const VERSION = `${NAME}@VERSION@`;
const FILES = "@FILES@".split(" ");

self.addEventListener("install", (event) => {
  const requests = ["./", ...FILES].map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith(NAME) && name !== VERSION;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name)))));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  const kept = caches.match(event.request, { ignoreSearch: true, cacheName: VERSION });
  event.respondWith(kept.then((answer) => answer ?? fetch(event.request)));
});
