// What may be inspected: printed lists with their term, the items of each, and whether a plan rests on one that is over.
import { html } from "../../lib/html.js";
import { t, aside, fieldName, wordName } from "../../lib/text.js";
import { mayWrite } from "../../lib/may.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Pairs, useOffices } from "../draw/common.js";

const MOST = 200;
const stands = (rows) => rows.filter((r) => !r.withdrawn);

export function termOf(r, today) {
  if (r.valid_to && r.valid_to < today) return "over";
  return r.valid_from && r.valid_from > today ? "coming" : "now";
}
const TONE = { over: "bad", coming: "warn", now: "good" };
const term = (r) => (r.valid_from || r.valid_to ? `${r.valid_from || ""} — ${r.valid_to || ""}` : t("ui.year.no-term"));
const Term = ({ r, today }) => html`<${Badge} kind=${TONE[termOf(r, today)]}>${t(`ui.year.term-${termOf(r, today)}`)}<//>`;
const officeOf = (name) => name.split(":")[0];

export function ItemLists({ me }) {
  const names = useOffices();
  const of = useLook(() => look("record list", { words: ["item_list"], limit: MOST }).then(stands), []);
  return html`<div><${Title} text=${t("ui.year.items")}>
      <a class="button" href=${address(["plans"])}>${t("ui.draw.back")}</a>
      ${mayWrite(me, "item_list") ? html`<a class="button" href=${address(["records", "item_list", "add"])}>${t("ui.year.list-add")}</a>` : null}<//>
    <p>${t("ui.year.items-say")}</p>
    <${Looked} of=${of}>${(rows) => html`<${Table} rows=${rows} empty=${t("ui.year.no-lists")} link=${(r) => address(["items", r.record])} columns=${[
      { name: "title", label: fieldName("item_list", "title") },
      { name: "version", label: fieldName("item_list", "version") },
      { name: "doc_no", label: t("ui.draw.doc-no") },
      { name: "office", label: t("ui.draw.issuer"), of: (r) => names(officeOf(r.record)) },
      { name: "term", label: t("ui.year.term"), of: (r) => html`<span class="nobreak">${term(r)}</span>` },
      { name: "now", label: t("ui.draw.state"), of: (r) => html`<${Term} r=${r} today=${me.today} />` },
    ]} />`}<//></div>`;
}

export function ItemList({ me, name, past }) {
  const names = useOffices();
  const of = useLook(() => Promise.all([look("record show", { words: ["item_list", name] }), look("record list", { words: ["item"], where: `list=${name}`, limit: MOST + 1, past: past || undefined })]), [name, past]);
  return html`<${Looked} of=${of}>${([list, all]) => {
    const r = list.revisions[list.revisions.length - 1].values;
    const rows = all.slice(0, MOST);
    const shown = stands(rows).reverse(); // they come newest first, and are read as printed
    const mine = officeOf(name) === me.office && mayWrite(me, "item");
    return html`<div><${Title} text=${r.title}>
        <a class="button" href=${address(["items"])}>${t("ui.draw.back")}</a>
        ${mine ? html`<a class="button" href=${address(["import", "item"], { list: name })}>${t("ui.year.items-import")}</a>
        <a class="button" href=${address(["records", "item", "add"], { list: name })}>${t("ui.year.item-add")}</a>
        <a class="button" href=${address(["record", "item_list", name, "revise"])}>${t("ui.year.list-revise")}</a>` : null}<//>
      <section><${Pairs} of=${[[fieldName("item_list", "version"), r.version], [t("ui.draw.doc-no"), r.doc_no], [t("ui.draw.issuer"), names(officeOf(name))], [t("ui.year.term"), html`${term(r)} <${Term} r=${r} today=${me.today} />`], [t("ui.draw.record"), html`<a href=${address(["record", "item_list", name])}>${name}</a>`]]} />
        ${termOf(r, me.today) === "over" ? html`<p class="note">${t("ui.year.list-over")}</p>` : null}</section>
      <section><h2>${t("ui.year.items-of")}</h2>
        <p class="dim" role="status">${t("ui.draw.shown", { n: shown.length, all: all.length > MOST ? `${MOST}+` : shown.length })}</p>
        <${Table} rows=${shown} empty=${t("ui.year.no-items")} columns=${[
          { name: "no", label: fieldName("item", "no") },
          { name: "name", label: fieldName("item", "name"), of: (x) => html`<a href=${address(["record", "item", x.record])}>${x.name}</a>` },
          { name: "item_class", label: fieldName("item", "item_class"), of: (x) => (x.item_class ? wordName("item_class", x.item_class) : null) },
          { name: "objects_text", label: fieldName("item", "objects_text") },
          { name: "methods", label: fieldName("item", "methods") },
        ]} />
        <p class="pages">${past ? html`<a class="button" href=${address(["items", name])}>${t("ui.work.first-page")}</a> ` : null}
        ${all.length > MOST ? html`<a class="button" href=${address(["items", name], { past: rows[MOST - 1].record })}>${t("ui.work.next-page")}</a>` : null}</p></section></div>`;
  }}<//>`;
}

// Items of a plan whose list or law is over when their task inspects them.
export function Flaws({ plan }) {
  const of = useLook(() => look("plan check", { words: plan }), [plan]);
  if (!of.value || !of.value.length) return null;
  return html`<section><h2>${t("ui.year.flaws")}</h2><p class="note">${t("ui.year.flaws-say")}</p>
    <${Table} rows=${of.value} columns=${[
      { name: "task", label: t("ui.draw.task") },
      { name: "item", label: t("ui.year.item") },
      { name: "flaw", label: t("ui.year.flaw"), of: (f) => `${t(`flaw.${f.flaw}`)}${f.law ? aside(f.law) : ""}` },
      { name: "on", label: t("ui.year.flaw-on") },
    ]} /></section>`;
}
