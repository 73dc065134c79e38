// The public site of this office: what stands, and made anew from what is released.
import { html, useState } from "../../lib/html.js";
import { t, count } from "../../lib/text.js";
import { address } from "../../lib/route.js";
import { Input } from "../../ui/form.js";
import { Looked, Title, useLook } from "../../ui/parts.js";
import { Ask, may, Pairs, useAct } from "../draw/common.js";

const there = (path) => fetch(path, { method: "GET", credentials: "same-origin" }).then((r) => r.ok);

export function Site({ me }) {
  const of = useLook(() => there("/site/"), []);
  const [url, set] = useState("");
  const [sure, ask] = useState(false);
  const doing = useAct();
  const write = async () => {
    if (!(await doing.run("publish site", url.trim() ? { url: url.trim() } : {}))) return;
    ask(false);
    of.again();
  };
  const r = doing.answer && doing.answer.result;
  if (sure) return html`<${Ask} title=${t("ui.year.site-make")} label=${t("ui.year.site-make")} doing=${doing} onDo=${write} onBack=${() => ask(false)} pairs=${url.trim() ? [[t("ui.year.site-url"), url]] : null} says=${[t("ui.year.site-says-1"), t("ui.year.site-says-2"), t("ui.year.site-says-3")]} />`;
  return html`<div><${Title} text=${t("ui.draw.site")}><a class="button" href=${address(["publish"])}>${t("ui.draw.back")}</a><//>
    ${r ? html`<section><p class="good" role="status">${t("ui.year.site-done")}</p><${Pairs} of=${[[t("ui.year.site-files"), count(r.files)], [t("ui.year.site-bytes"), `${count(Math.ceil(r.bytes / 1024))} KiB`], [t("ui.draw.plans"), count(r.plans)], [t("ui.year.site-draws"), count(r.draws)], [t("ui.year.site-sealed"), count(r.sealed)], [t("ui.year.site-results"), count(r.results)]]} /></section>` : null}
    <section><h2>${t("ui.year.site-stands")}</h2><${Looked} of=${of}>${(yes) => (yes ? html`<p>${t("ui.draw.site-there")}</p><p class="row"><a class="button" href="/site/">${t("ui.draw.site-open")}</a><a class="button" href="/site/manifest.txt">${t("ui.year.site-manifest")}</a></p>` : html`<p class="note">${t("ui.draw.site-none")}</p>`)}<//>
      <p class="dim">${t("ui.year.site-where")}</p></section>
    ${may(me, "publish-site") ? html`<section><h2>${t("ui.year.site-make")}</h2><form onSubmit=${(e) => {
      e.preventDefault();
      ask(true);
    }}><${Input} id="url" label=${t("ui.year.site-url")} hint=${t("ui.year.site-url-hint")} value=${url} set=${set} /><div class="row"><button class="main">${t("ui.draw.check-answers")}</button></div></form></section>` : null}
  </div>`;
}
