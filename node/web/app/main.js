// The office in a browser: who is in, and which page the address names.
import { html, render, useState, useEffect } from "./lib/html.js";
import { t, language, loadText } from "./lib/text.js";
import { call, get, onLost, setGuard } from "./lib/api.js";
import { useRoute } from "./lib/route.js";
import { applyLarge, isLarge, Header, Nav, SyncBar } from "./ui/layout.js";
import { Loading, Refusal } from "./ui/parts.js";
import { Invited, Login } from "./pages/enter.js";
import { pageOf, navOf } from "./pages/index.js";
import { Setup } from "./pages/setup/index.js";

function App() {
  const route = useRoute();
  const [me, setMe] = useState(null);
  const [commands, setCommands] = useState(null);
  const [problem, tell] = useState(null);
  const [, redraw] = useState(0);

  const take = (who) => {
    setGuard(who.guard);
    setMe(who);
    tell(null);
    if (who.person) get("commands").then(setCommands, tell);
    else setCommands(null);
  };
  const ask = () => get("session").then(take, tell);
  useEffect(() => {
    onLost(ask);
    ask();
  }, []);

  const otherLanguage = async () => {
    await loadText(language() === "en" ? "zh" : "en");
    if (me && me.person) setCommands(await get("commands"));
    redraw((n) => n + 1);
  };
  const out = async () => {
    await call("DELETE", "session").catch(() => {});
    location.hash = "#/";
    ask();
  };
  if (problem && !me) return html`<main class="narrow"><${Refusal} problem=${problem} /></main>`;
  if (!me) return html`<main><${Loading} /></main>`;
  const header = html`<${Header} me=${me} onLanguage=${otherLanguage} onOut=${out} />`;
  if (me.setup) return html`${header}<${Setup} me=${me} route=${route} />`;
  if (route.path[0] === "invite") return html`${header}<${Invited} token=${route.path[1] || ""} entered=${me.entered} onIn=${(who) => {
    location.hash = me.entered ? "#/" : "#/start";
    take(who);
  }} />`;
  if (!me.person) return html`${header}<${Login} office=${me.name} entered=${me.entered} onIn=${take} />`;
  if (!commands) return html`${header}<main><${Loading} /></main>`;
  return html`${header}<${SyncBar} />
    <div class="frame"><${Nav} items=${navOf(me)} path=${route.path} />
    <main id="content">${pageOf({ route, me, commands })}</main></div>`;
}

applyLarge(isLarge());
loadText(language()).then(() => render(html`<${App} />`, document.getElementById("app")));
