// The address behind "#": a path and what is filtered by, so that a page can be kept, sent on and gone back to.
import { useState, useEffect } from "./html.js";

// An address that somebody sends may hold what is no escape.
function decoded(s) {
  try {
    return decodeURIComponent(s);
  } catch (e) {
    return s;
  }
}

export function parse(hash) {
  const text = (hash || "").replace(/^#/, "");
  const q = text.indexOf("?");
  const path = (q < 0 ? text : text.slice(0, q)).split("/").filter(Boolean).map(decoded);
  const query = {};
  new URLSearchParams(q < 0 ? "" : text.slice(q + 1)).forEach((v, k) => {
    query[k] = v;
  });
  return { path, query };
}

export function address(path, query) {
  const s = new URLSearchParams();
  for (const [k, v] of Object.entries(query || {})) if (v !== undefined && v !== null && v !== "") s.set(k, v);
  const text = s.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export function go(path, query) {
  location.hash = address(path, query);
}

// What is filtered by changes in place: going back leaves the page instead of undoing each letter.
export function replaceQuery(query) {
  const { path } = parse(location.hash);
  history.replaceState(null, "", address(path, query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute() {
  const [route, set] = useState(() => parse(location.hash));
  useEffect(() => {
    const on = () => set(parse(location.hash));
    addEventListener("hashchange", on);
    return () => removeEventListener("hashchange", on);
  }, []);
  return route;
}
