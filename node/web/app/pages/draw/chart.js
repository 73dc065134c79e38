// Bars beside their table. ECharts is fetched only where a chart is shown; it draws on a canvas, and the table holds the same
// numbers for whoever cannot see it.
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { t, count, listed, parted } from "../../lib/text.js";
import { Table } from "../../ui/parts.js";

let library = null;
// The file puts itself at the window: it is no module.
const load = () => (library = library || import("../../vendor/echarts.js").then(() => window.echarts));

// Clearing its element is the one thing for which it would write markup, which these pages forbid (web-12).
function noMarkup(element) {
  Object.defineProperty(element, "innerHTML", { get: () => "", set: () => element.replaceChildren ? element.replaceChildren() : null });
}

const PATTERNS = ["--main", "--warn", "--good", "--bad"];

const A4 = 690; // px between its margins
// On paper: black, whatever the screen's colours are.
const PRINTED = { "--ink": "#000", "--line": "#999", "--edge": "#666", "--main": "#14375e", "--warn": "#b37400", "--good": "#1b6133", "--bad": "#a31515" };

function options(names, series, width, printed) {
  const colour = (name) => (printed ? PRINTED[name] : getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  const ink = colour("--ink");
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const text = { color: ink, fontSize: size * 0.85 };
  return {
    animation: false,
    textStyle: { ...text, fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: size * 3, top: 8, bottom: 8, containLabel: true },
    tooltip: { show: false },
    xAxis: { type: "value", splitNumber: Math.max(1, Math.min(5, Math.floor(width / (size * 9)))), axisLabel: { ...text, hideOverlap: true }, splitLine: { lineStyle: { color: colour("--line") } } },
    yAxis: { type: "category", data: names, inverse: true, axisLabel: { ...text, width: Math.min(size * 12, width * 0.38), overflow: "break" }, axisLine: { lineStyle: { color: colour("--edge") } } },
    series: series.map((s, i) => ({ name: s.name, type: "bar", data: s.values, silent: true, itemStyle: { color: colour(PATTERNS[i % PATTERNS.length]) }, label: { show: true, position: "right", ...text } })),
  };
}

export function Chart({ title, names, series, unit }) {
  const at = useRef(null);
  const [failed, fail] = useState(false);
  const text = JSON.stringify([names, series]);
  useEffect(() => {
    let chart = null;
    let here = true;
    const draw = (printed) => {
      if (!chart) return;
      const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
      at.current.style.height = `${size * (2.5 + names.length * Math.max(2.6, 0.8 + series.length * 1.4))}px`;
      const width = printed ? A4 : at.current.clientWidth;
      chart.resize({ width });
      chart.setOption(options(names, series, width, printed));
    };
    const fit = () => draw(false);
    const print = () => draw(true);
    load().then((echarts) => {
      if (!here || !at.current) return;
      noMarkup(at.current);
      chart = echarts.init(at.current, null, { renderer: "canvas" });
      fit();
      addEventListener("resize", fit);
      addEventListener("beforeprint", print);
      addEventListener("afterprint", fit);
    }).catch(() => here && fail(true));
    return () => {
      here = false;
      removeEventListener("resize", fit);
      removeEventListener("beforeprint", print);
      removeEventListener("afterprint", fit);
      if (chart) chart.dispose();
    };
  }, [text]);
  const rows = names.map((n, i) => ({ name: n, i }));
  const number = (v) => (v === null ? "—" : count(v)); // null: there is nothing to count, which is not nought
  return html`<section class="chart">
    <h2>${title}</h2>
    ${!failed && series.length > 1 ? html`<p class="legend" aria-hidden="true">${series.map((s, i) => html`<span><i class=${`key key-${i % PATTERNS.length}`}></i>${s.name}</span> `)}</p>` : null}
    ${failed ? null : html`<div class="canvas" role="img" aria-label=${t("ui.draw.chart-says", { title, rows: parted(rows.map((r) => `${r.name} ${listed(series.map((s) => `${s.name} ${number(s.values[r.i])}`))}`)) })} ref=${at}></div>`}
    <details open=${failed}><summary>${t("ui.draw.chart-table")}</summary>
      <${Table} caption=${title} rows=${rows} columns=${[{ name: "name", label: unit || t("ui.draw.office") }, ...series.map((s) => ({ name: s.name, label: s.name, number: true, of: (r) => number(s.values[r.i]) }))]} /></details>
  </section>`;
}
