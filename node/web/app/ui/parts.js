// Small parts that every page is put together from.
import { html, useState, useEffect, useErrorBoundary, useRef } from "../lib/html.js";
import { t, has, language } from "../lib/text.js";

export function Title({ text, children }) {
  const at = useRef(null);
  useEffect(() => {
    document.title = `${text} · 签`;
    if (at.current) at.current.focus();
  }, [text]);
  return html`<div class="title"><h1 tabindex="-1" ref=${at}>${text}</h1><div class="tools">${children}</div></div>`;
}

// A refusal: what, which rule, what next. Its code is for whoever is called for help.
export function Refusal({ problem }) {
  const at = useRef(null);
  useEffect(() => {
    if (problem && at.current) at.current.focus();
  }, [problem]);
  if (!problem) return null;
  const said = problem.message || (has(problem.code) ? t(problem.code) : "");
  return html`<div class="refusal" role="alert" tabindex="-1" ref=${at}>
    <strong>${t("ui.refused")}</strong>
    <p>${said || t("ui.unreachable")}</p>
    ${problem.code ? html`<small>${problem.code}</small>` : null}
  </div>`;
}

export function Loading() {
  return html`<p class="dim" role="status">${t("ui.loading")}</p>`;
}

// A page that fails leaves what stands around it: the next one can be gone to.
export function Broken({ at, children }) {
  const [problem, reset] = useErrorBoundary((e) => console.error(e));
  useEffect(() => {
    if (problem) reset();
  }, [at]);
  if (!problem) return children();
  return html`<div><${Title} text=${t("ui.broken")} /><${Refusal} problem=${{ message: t("ui.broken-says"), code: String(problem.message || problem) }} /></div>`;
}

// What a page shows is asked for anew when `deps` change; {value, problem, again}.
export function useLook(ask, deps) {
  const [s, set] = useState({ value: undefined, problem: null });
  const [n, more] = useState(0);
  useEffect(() => {
    let here = true;
    ask().then(
      (value) => here && set({ value, problem: null }),
      (problem) => here && set({ value: undefined, problem }),
    );
    return () => {
      here = false;
    };
  }, [...deps, n, language()]); // the office says its words in the language of the page
  return { ...s, again: () => more(n + 1) };
}

export function Looked({ of, children }) {
  if (of.problem) return html`<${Refusal} problem=${of.problem} />`;
  if (of.value === undefined) return html`<${Loading} />`;
  return children(of.value);
}

export function Empty({ text }) {
  return html`<p class="empty">${text || t("ui.none")}</p>`;
}

// What is wider than its place can be moved by the keyboard too.
export const reachable = (e) => {
  if (e && e.scrollWidth > e.clientWidth) e.setAttribute("tabindex", "0");
  else if (e) e.removeAttribute("tabindex");
};

// Codes, numbers, days and single words stay in one piece; long codes break anywhere, what has words between them.
const CODE = /^(?=.*[0-9])[!-~]+( [!-~]{1,8})?$/;
const SHORT = 24;
const WORD = 5;
export function breaks(v) {
  const s = typeof v === "string" || typeof v === "number" ? String(v) : "";
  if (s && s.length <= WORD) return "whole";
  return !CODE.test(s) ? "" : s.length <= SHORT ? "whole" : "long";
}

// A day is not broken at its hyphens: "2021-04-01 — 2021-07-31" only between the two.
const DAYS = /^(\d{4}-\d\d-\d\d) — (\d{4}-\d\d-\d\d)$/;
export function dated(v) {
  const of = typeof v === "string" && DAYS.exec(v);
  return of ? html`<span class="day">${of[1]} —</span> <span class="day">${of[2]}</span>` : v;
}

// rows: objects; columns: [{name, label, of?: row → child, number?}]. On a narrow screen a row becomes a card.
const ROWS = 200; // at once: more would make a phone wait, and nobody reads on without a filter

export function Table({ columns, rows, caption, link, empty }) {
  const [upto, show] = useState(ROWS);
  if (!rows.length) return html`<${Empty} text=${empty} />`;
  return html`<div class="scroll" ref=${(e) => reachable(e)}><table>
    ${caption ? html`<caption>${caption}</caption>` : null}
    <thead><tr>${columns.map((c) => html`<th scope="col" class=${c.number ? "n" : ""}>${c.label}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, upto).map((r) => html`<tr>${columns.map((c, i) => {
      const v = c.of ? c.of(r) : r[c.name];
      const shown = v === undefined || v === null || v === "" ? "—" : v;
      const href = i === 0 && link ? link(r) : null;
      return html`<td class=${`${c.number ? "n " : ""}${breaks(shown)}`} data-h=${c.label}>${href ? html`<a href=${href}>${shown}</a>` : dated(shown)}</td>`;
    })}</tr>`)}</tbody>
  </table></div>${rows.length > upto ? html`<p class="more"><span>${t("ui.rows-shown", { n: upto, all: rows.length })}</span> <button type="button" class="small" onClick=${() => show(upto + ROWS)}>${t("ui.rows-more", { n: Math.min(ROWS, rows.length - upto) })}</button></p>` : null}`;
}

export function Badge({ kind, children }) {
  return html`<span class=${`badge ${kind || ""}`}>${children}</span>`;
}

// Jobs that the page shows itself; the others stand at its head (jobs.js).
export const shown = new Set();

// A job that is under way: what it said last, and a way to end it.
export function Progress({ job, onCancel }) {
  const id = job && job.id;
  useEffect(() => {
    if (!id) return undefined;
    shown.add(id);
    return () => {
      shown.delete(id);
    };
  }, [id]);
  if (!job) return null;
  const lines = job.progress || [];
  return html`<div class="progress" role="status" aria-live="polite">
    <progress aria-label=${t("ui.working")}></progress>
    <p>${job.cancelled ? t("ui.job-stopping") : lines.length ? lines[lines.length - 1] : t("ui.working")}</p>
    ${onCancel && !job.cancelled ? html`<button type="button" class="plain" onClick=${onCancel}>${t("ui.cancel")}</button>` : null}
  </div>`;
}
