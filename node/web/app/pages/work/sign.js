// A signature by finger, pen or mouse; or, for whoever cannot, a name that is typed before a witness.
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { useValues } from "../../ui/form.js";

const W = 900;
const H = 400;

function blank(c) {
  const g = c.getContext("2d");
  g.fillStyle = "#fff";
  g.fillRect(0, 0, W, H);
  g.strokeStyle = g.fillStyle = "#111";
  g.lineWidth = 5;
  g.lineCap = g.lineJoin = "round";
  return g;
}
const toPng = (c, set) => c.toBlob((b) => set(b), "image/png");

// set(blob | null); shown: the address of the picture that is kept already
export function Pad({ id, label, hint, error, required, shown, set, typed }) {
  const at = useRef(null);
  const last = useRef(null);
  const [typing, type] = useState(false);
  const [v, put] = useValues({ name: typed || "", witness: "" });
  const [drawn, mark] = useState(false);
  // A name has many strokes: what is kept after each does not take the place of the pad that it is drawn on.
  const open = !typing && (!shown || drawn);
  useEffect(() => {
    if (at.current) blank(at.current);
  }, [open]);
  const where = (e) => {
    const r = at.current.getBoundingClientRect();
    return [((e.clientX - r.left) * W) / r.width, ((e.clientY - r.top) * H) / r.height];
  };
  const down = (e) => {
    e.preventDefault();
    at.current.setPointerCapture(e.pointerId);
    last.current = where(e);
    const g = at.current.getContext("2d");
    g.beginPath();
    g.arc(last.current[0], last.current[1], 2.5, 0, 7);
    g.fill();
  };
  const move = (e) => {
    if (!last.current) return;
    const p = where(e);
    const g = at.current.getContext("2d");
    g.beginPath();
    g.moveTo(last.current[0], last.current[1]);
    g.lineTo(p[0], p[1]);
    g.stroke();
    last.current = p;
  };
  const up = () => {
    if (!last.current) return;
    last.current = null;
    mark(true);
    toPng(at.current, set);
  };
  const clear = () => {
    if (at.current) blank(at.current);
    mark(false);
    set(null);
  };
  const write = () => {
    if (!v.name.trim() || !v.witness.trim()) return;
    const c = document.createElement("canvas");
    c.width = W;
    c.height = H;
    const g = blank(c);
    g.font = "72px serif";
    g.fillText(v.name.trim(), 40, 180, W - 80);
    g.font = "32px sans-serif";
    g.fillText(t("ui.work.sign-typed-says", { witness: v.witness.trim() }), 40, 290, W - 80);
    mark(true);
    toPng(c, set);
  };
  return html`<fieldset class=${`field sign${error ? " wrong" : ""}`} id=${id} tabindex="-1">
    <legend>${label}${required ? "" : html` <span class="dim">${t("ui.optional")}</span>`}</legend>
    ${hint ? html`<div class="hint">${hint}</div>` : null}
    ${error ? html`<div class="error">${error}</div>` : null}
    ${shown && !open ? html`<img class="signed" src=${shown} alt=${t("ui.work.signed-by", { who: label })} />`
      : typing ? html`<div class="pair">
        <div class="field"><label for=${`${id}-name`}>${t("ui.work.sign-name")}</label><input id=${`${id}-name`} value=${v.name} onInput=${(e) => put({ name: e.target.value })} /></div>
        <div class="field"><label for=${`${id}-witness`}>${t("ui.work.sign-witness")}</label><input id=${`${id}-witness`} value=${v.witness} onInput=${(e) => put({ witness: e.target.value })} /></div></div>
        <button type="button" onClick=${write}>${t("ui.work.sign-put")}</button>`
        : html`<canvas ref=${at} width=${W} height=${H} role="img" aria-label=${t("ui.work.sign-here", { who: label })} onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up}></canvas>`}
    <p class="tools">${shown || drawn ? html`<button type="button" onClick=${clear}>${t("ui.work.sign-clear")}</button>` : null}
      ${shown && !open ? null : html`<button type="button" class="plain" onClick=${() => {
        clear();
        type(!typing);
      }}>${t(typing ? "ui.work.sign-draw" : "ui.work.sign-type")}</button>`}</p>
  </fieldset>`;
}
