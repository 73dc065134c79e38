// The office in a browser: who is in, and which page the address names.
import { html, render, useState, useEffect, useRef } from "./lib/html.js";
import { t, language, loadText, setToday } from "./lib/text.js";
import { call, get, onLost, setGuard } from "./lib/api.js";
import { useRoute } from "./lib/route.js";
import * as vault from "./lib/vault.js";
import { applyLarge, isLarge, Header, Nav, SyncBar } from "./ui/layout.js";
import { Broken, Loading, Refusal } from "./ui/parts.js";
import { Invited, Login } from "./pages/enter.js";
import { pageOf, navOf } from "./pages/index.js";
import { Setup } from "./pages/setup/index.js";
import { JobsBar } from "./ui/jobs.js";
import { Leave, Offline, QueueBar } from "./pages/work/along.js";
import { nowText } from "./pages/work/data.js";
import { drafts } from "./pages/work/draft.js";
import { startQueue } from "./pages/work/queue.js";

const AGAIN_MS = 20000;
const KEEPS = ["inspector", "clerk"]; // who writes where there is no line, or for whom

function App() {
  const route = useRoute();
  const [me, setMe] = useState(null);
  const [commands, setCommands] = useState(null);
  const [problem, tell] = useState(null);
  const [others, setOthers] = useState(null); // who has something on this device, while there is no line
  const [, redraw] = useState(0);
  const [held, hold] = useState(null); // whose page stands behind the login, with all that was typed
  const leaving = useRef(false);
  const is = useRef(null);
  is.current = me;
  const open = useRef(null); // whose page stands
  open.current = me && me.person ? me : held;

  const take = async (who, password) => {
    setGuard(who.guard);
    setToday(who.today);
    if (who.person) await (who.roles.some((r) => KEEPS.includes(r)) ? vault.enter(who, password) : vault.lockOthers("").catch(() => {}));
    setOthers(null);
    // Whose session ended while a page was open finds it as it was; after leaving, or of somebody else, nothing stays.
    const stays = !who.person && open.current && !open.current.offline && !leaving.current ? open.current : null;
    hold(stays);
    leaving.current = false;
    setMe(who);
    tell(null);
    if (who.person) get("commands").then(setCommands, (p) => (p.status ? tell(p) : setCommands([])));
    else if (!stays) setCommands(null);
  };
  // Who one is without a line: as it was when visits were taken along.
  const carried = () => {
    const kept = vault.get("me");
    if (!kept) return false;
    setCommands([]);
    setOthers(null);
    setMe({ ...kept.value, today: nowText().slice(0, 10), offline: true });
    return true;
  };
  const offline = async (p) => {
    if (p.status !== 0 || is.current) {
      tell(p);
      return;
    }
    const there = await vault.persons();
    const lies = there.filter((x) => x.lies);
    if (lies.length === 1 && (await vault.unlock(lies[0].id)) && carried()) return;
    if (there.length) setOthers(there);
    else tell(p);
  };
  const ask = () => get("session").then((who) => take(who), offline);
  useEffect(() => {
    onLost(ask);
    ask();
  }, []);
  useEffect(() => (me && me.person && !me.offline ? startQueue(ask) : undefined), [me && me.person, me && me.offline]);
  // Back on the line: who is in is asked again, and what waits is sent.
  const without = !!(me && me.offline) || !!others;
  useEffect(() => {
    if (!without) return undefined;
    const again = () => get("session").then((who) => take(who), () => {});
    const timer = setInterval(again, AGAIN_MS);
    addEventListener("online", again);
    return () => {
      clearInterval(timer);
      removeEventListener("online", again);
    };
  }, [without]);

  const otherLanguage = async () => {
    await loadText(language() === "en" ? "zh" : "en");
    if (me && me.person && !me.offline) setCommands(await get("commands"));
    redraw((n) => n + 1);
  };
  // What is on this device goes with the person, unless the person keeps what was not sent.
  const goOut = async (keep) => {
    if (me.offline) {
      await vault.lock();
      setMe(null);
      setOthers(await vault.persons());
      return;
    }
    leaving.current = true;
    await vault.forget(keep);
    await call("DELETE", "session").catch(() => {});
    location.hash = "#/";
    ask();
  };
  const out = () => {
    if (me.offline || drafts().length) location.hash = "#/leave";
    else goOut(false);
  };
  if (others) return html`<${Offline} persons=${others} onOpen=${() => carried() || setOthers(null) || tell({ message: t("ui.visit.nothing-along"), code: "ui.unreachable" })} />`;
  if (problem && !me) return html`<main class="narrow"><${Refusal} problem=${problem} /></main>`;
  if (!me) return html`<main><${Loading} /></main>`;
  const header = html`<${Header} me=${me} onLanguage=${otherLanguage} onOut=${out} />`;
  if (me.setup) return html`${header}<${Setup} me=${me} route=${route} />`;
  if (route.path[0] === "invite") return html`${header}<${Invited} token=${route.path[1] || ""} entered=${me.entered} onIn=${(who, password) => {
    location.hash = me.entered ? "#/" : "#/start";
    take(who, password);
  }} />`;
  const whose = me.person ? me : held;
  if (!whose) return html`${header}<${Login} office=${me.name} entered=${me.entered} onIn=${take} />`;
  if (!commands) return html`${header}<main><${Loading} /></main>`;
  const out_ = !me.person;
  return html`${header}${out_ ? html`<${Login} office=${me.name} entered=${me.entered} lost=${whose.person} onIn=${take} />` : html`<${SyncBar} />`}${out_ ? null : html`<${QueueBar} />`}${out_ || me.offline ? null : html`<${JobsBar} commands=${commands} />`}
    <div class="frame" key=${whose.person} hidden=${out_}><${Nav} items=${navOf(whose)} path=${route.path} />
    <main id=${out_ ? undefined : "content"}>${route.path[0] === "leave" ? html`<${Leave} me=${whose} onOut=${goOut} />` : html`<${Broken} at=${location.hash}>${() => pageOf({ route, me: whose, commands })}<//>`}</main></div>`;
}

applyLarge(isLarge());
loadText(language()).then(() => render(html`<${App} />`, document.getElementById("app")));
