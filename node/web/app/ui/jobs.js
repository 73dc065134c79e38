// What the person began and no page shows any more: after the page was loaded again, or left, or the node started anew.
import { html, useState, useEffect } from "../lib/html.js";
import { t, said } from "../lib/text.js";
import { cancel, get } from "../lib/api.js";
import { titleOf } from "../pages/command.js";
import { shown } from "./parts.js";

const EVERY_MS = 2000; // while something runs
const none = () => null;

export function JobsBar({ commands }) {
  const [running, setRunning] = useState([]);
  const [over, setOver] = useState([]);
  useEffect(() => {
    let here = true, timer = 0;
    // Its end is heard by asking for it alone: then it is told no more.
    const end = (j) => get(`jobs/${j.id}`).then((whole) => here && setOver((all) => all.filter((x) => x.id !== j.id).concat([whole])), none);
    const ask = () => {
      clearTimeout(timer);
      get("jobs", { open: true }).then((all) => {
        if (!here) return;
        const mine = all.filter((j) => !shown.has(j.id));
        setRunning(mine.filter((j) => j.state !== "ended"));
        mine.filter((j) => j.state === "ended").forEach(end);
        if (all.some((j) => j.state !== "ended")) timer = setTimeout(ask, EVERY_MS);
      }, none);
    };
    ask();
    addEventListener("job", ask);
    addEventListener("acted", ask);
    addEventListener("hashchange", ask);
    return () => {
      here = false;
      clearTimeout(timer);
      removeEventListener("job", ask);
      removeEventListener("acted", ask);
      removeEventListener("hashchange", ask);
    };
  }, []);
  if (!running.length && !over.length) return html`<div role="status"></div>`;
  const nameOf = (j) => {
    const c = commands.find((x) => x.name === j.command);
    return j.file ? said(c ? titleOf(c) : j.command, j.file) : c ? titleOf(c) : j.command;
  };
  const refused = (j) => j.answer && j.answer.exit && j.answer.result && j.answer.result.id;
  return html`<div class="jobs" role="status">
    ${running.map((j) => html`<div key=${j.id}>
      <p><strong>${nameOf(j)}</strong> ${j.cancelled ? t("ui.job-stopping") : j.progress.length ? j.progress[j.progress.length - 1] : t("ui.working")}</p>
      <progress aria-label=${nameOf(j)}></progress>
      ${j.cancelled ? null : html`<button type="button" class="small" onClick=${() => cancel(j.id).then(() => dispatchEvent(new Event("job")), none)}>${t("ui.job-stop")}</button>`}
    </div>`)}
    ${over.map((j) => html`<div key=${j.id} class=${refused(j) ? "bad" : ""}>
      <p><strong>${nameOf(j)}</strong> ${refused(j) ? j.answer.said : j.cancelled ? t("ui.job-done-before") : t("ui.job-done")}</p>
      <button type="button" class="small" onClick=${() => setOver((all) => all.filter((x) => x.id !== j.id))}>${t("ui.job-seen")}</button>
    </div>`)}
  </div>`;
}
