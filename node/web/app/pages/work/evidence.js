// The files of a result: small pictures of the photographs, each opened large on the page, and the originals to take away.
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { t, said } from "../../lib/text.js";
import { bytesOf, newKey } from "../../lib/api.js";
import { Badge, Refusal } from "../../ui/parts.js";

const SHOWN = ["image/jpeg", "image/png"];
const WHOLE_UPTO = 262144; // a signature: shown as it is, no small one is made
const END = { "image/png": ".png", "image/jpeg": ".jpg", "image/heic": ".heic", "application/pdf": ".pdf" };
const outOf = (p, end) => `${p.sha256.slice(0, 12)}-${newKey().slice(0, 6)}${end}`;
const nameOf = (p) => (p.note ? said(t(`photo-kind.${p.kind}`), p.note) : t(`photo-kind.${p.kind}`));

// One after the other: a page of thirty photographs is no reason to keep everybody else waiting.
let line = Promise.resolve();
const inTurn = (f) => {
  const mine = line.then(f);
  line = mine.catch(() => {});
  return mine;
};
const original = (p) => bytesOf("evidence export", { words: [p.sha256] }, outOf(p, END[p.media] || ""), p.media);
const small = (p) => (p.media === "image/jpeg" ? bytesOf("evidence thumb", { words: [p.sha256] }, outOf(p, ".jpg"), p.media) : p.media === "image/png" && p.size <= WHOLE_UPTO ? original(p) : Promise.resolve(null));

// The address of a blob for as long as the page stands.
function useBlob() {
  const [at, set] = useState("");
  const held = useRef("");
  useEffect(() => () => held.current && URL.revokeObjectURL(held.current), []);
  const put = (blob) => {
    if (held.current) URL.revokeObjectURL(held.current);
    held.current = blob ? URL.createObjectURL(blob) : "";
    set(held.current);
  };
  return [at, put];
}

function Item({ p, onLarge, refuse }) {
  const [at, put] = useBlob();
  useEffect(() => {
    let here = true;
    if (p.here) inTurn(() => (here ? small(p) : null)).then((b) => here && put(b), () => {});
    return () => {
      here = false;
    };
  }, [p.sha256]);
  const take = async () => {
    try {
      const blob = await original(p);
      const a = document.createElement("a");
      a.href = URL.createObjectURL(blob);
      a.download = `${p.sha256.slice(0, 12)}${END[p.media] || ""}`;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60000);
    } catch (problem) {
      refuse(problem);
    }
  };
  const name = nameOf(p);
  const shown = p.here && SHOWN.includes(p.media);
  const look = at ? html`<img src=${at} alt=${name} />` : html`<span class="nopicture">${t(shown ? "ui.work.picture-open" : p.here ? "ui.work.picture-none" : "files-state.awaited")}</span>`;
  return html`<li>${shown ? html`<button type="button" class="picture" aria-label=${t("ui.work.picture-large", { name })} onClick=${() => onLarge(p)}>${look}</button>` : look}
    <strong>${name}</strong><small class="dim">${Math.ceil(p.size / 1024)} KiB · <code title=${p.sha256}>${p.sha256.slice(0, 12)}</code></small>
    ${p.here ? html`<button type="button" class="small" onClick=${take}>${t("ui.work.take-original")}<span class="unseen"> ${name}</span></button>` : html`<${Badge} kind="warn">${t("files-state.awaited")}<//>`}</li>`;
}

function Large({ p, onClose, refuse }) {
  const [at, put] = useBlob();
  const close = useRef(null);
  useEffect(() => {
    let here = true;
    if (close.current) close.current.focus();
    original(p).then((b) => here && put(b), (problem) => here && refuse(problem));
    return () => {
      here = false;
    };
  }, [p.sha256]);
  return html`<figure class="large-picture" onKeyDown=${(e) => e.key === "Escape" && onClose()}>
    <p class="tools"><figcaption>${nameOf(p)}</figcaption> <button type="button" ref=${close} onClick=${onClose}>${t("ui.work.picture-close")}</button></p>
    ${at ? html`<img src=${at} alt=${nameOf(p)} />` : html`<p class="dim" role="status">${t("ui.loading")}</p>`}</figure>`;
}

export function Evidence({ photos }) {
  const [large, open] = useState(null);
  const [problem, tell] = useState(null);
  if (!photos.length) return html`<section class="evidence-of"><h2>${t("ui.work.evidence")}</h2><p class="dim">${t("ui.work.no-evidence")}</p></section>`;
  return html`<section class="evidence-of"><h2>${t("ui.work.evidence")}</h2><${Refusal} problem=${problem} />
    <ul class="photos">${photos.map((p) => html`<${Item} key=${p.sha256} p=${p} onLarge=${open} refuse=${tell} />`)}</ul>
    ${large ? html`<${Large} key=${large.sha256} p=${large} onClose=${() => open(null)} refuse=${tell} />` : null}</section>`;
}
