// A form on paper: its code is scanned or pasted, compared with the records, and leads to the record.
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { act, upload } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Input } from "../../ui/form.js";
import { Badge, Looked, Refusal, Title, useLook } from "../../ui/parts.js";
import { forms } from "./data.js";

// Where the text of a code leads: lines of a form, or an address of this office's own pages.
async function placeOf(text) {
  const own = /#\/(?:record|visit)\/[^\s]+/.exec(text);
  if (own) return { to: own[0] };
  const by = /#\/paper\?(code=\S+)/.exec(text);
  const lines = by ? new URLSearchParams(by[1]).get("code") : text;
  const m = /^form ([A-Z0-9]+)\/\d+ (\S+)/m.exec(lines);
  if (!m || m[2] === "-") return null;
  const f = (await forms()).find((x) => x.form === m[1]);
  return f ? { form: f, name: m[2], lines, to: f.of === "draw_result" ? address(["act", "draw", "show"]) : address(["record", f.of, m[2]]) } : null;
}

// Of a record that was opened by the code on its paper: whether the two agree.
export function PaperNote({ code }) {
  const got = useLook(async () => {
    const name = await upload(new File([code], "code.txt", { type: "text/plain" }));
    return (await act("form check", { words: [name] })).result;
  }, [code]);
  return html`<${Looked} of=${got}>${(r) => html`<p class=${`note${r.agrees ? " good" : ""}`} role="status">${t("ui.visit.paper")} ${r.agrees ? html`<${Badge} kind="good">${t("ui.work.agrees")}<//>` : html`<${Badge} kind="bad">${t("ui.work.differs")}<//>`} ${r.agrees && r.current === false ? t("ui.work.revised-since") : ""}</p>`}<//>`;
}

// given: the lines of a code, by whose address the page was opened (forms-10)
export function Paper({ given }) {
  const [text, set] = useState(given || "");
  const [problem, tell] = useState(null);
  const [said, say] = useState(null);
  const scans = typeof BarcodeDetector !== "undefined";
  const check = async (what) => {
    tell(null);
    say(null);
    try {
      const place = await placeOf(what);
      if (place && (!place.form || place.form.of !== "draw_result")) {
        location.replace(place.form ? `${place.to}?${new URLSearchParams({ paper: place.lines })}` : place.to);
        return;
      }
      const name = await upload(new File([what], "code.txt", { type: "text/plain" }));
      const a = await act("form check", { words: [name] });
      say({ ...a.result, place });
    } catch (p) {
      tell(p);
    }
  };
  useEffect(() => {
    if (given) check(given);
  }, [given]);
  const scan = async (e) => {
    const f = e.target.files[0];
    if (!f) return;
    try {
      const found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(f));
      if (!found.length) throw new Error(t("ui.work.no-code"));
      set(found[0].rawValue);
      await check(found[0].rawValue);
    } catch (p) {
      tell(p.message ? p : new Error(t("ui.work.no-code")));
    }
  };
  return html`<div><${Title} text=${t("ui.nav.scan")} /><p>${t("ui.work.scan-says")}</p><${Refusal} problem=${problem} />
    ${scans ? html`<div class="field"><input class="unseen" id="scan" type="file" accept="image/*" capture="environment" onChange=${scan} /><label for="scan" class="button big">${t("ui.work.scan")}</label></div>` : null}
    <form onSubmit=${(e) => {
      e.preventDefault();
      if (text.trim()) check(text.trim());
    }}>
      <${Input} id="code" label=${t("ui.work.code-text")} hint=${t("ui.work.code-hint")} required=${true} lines=${6} value=${text} set=${set} />
      <button class="main">${t("ui.work.compare")}</button></form>
    ${said ? html`<section aria-live="polite"><h2>${said.place && said.place.form ? `${said.place.form.form} ${said.place.form.title}` : t("ui.work.paper")}</h2>
      <p>${said.agrees ? html`<${Badge} kind="good">${t("ui.work.agrees")}<//>` : html`<${Badge} kind="bad">${t("ui.work.differs")}<//>`} ${said.agrees && said.current === false ? t("ui.work.revised-since") : ""}</p>
      ${said.place ? html`<p><a class="button" href=${said.place.to}>${t("ui.work.to-record")}</a> <code>${said.place.name}</code></p>` : null}</section>` : null}
  </div>`;
}
