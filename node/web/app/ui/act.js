// One act of a page: how it goes, what it was answered or refused for, and that trying again does not do it twice.
import { html, useRef, useState } from "../lib/html.js";
import { act, answered, cancel, newKey } from "../lib/api.js";
import { Progress, Refusal } from "./parts.js";

// One at a time: {run, refuse, clear, job, problem, answer, busy}. The key stays the same until the act is done or refused by the
// office; another act, or the same with other words, is another.
export function useAct() {
  const [s, set] = useState({});
  const last = useRef({ key: "", of: "" });
  const run = async (command, options, match) => {
    const of = JSON.stringify([command, options, match]);
    if (!last.current.key || last.current.of !== of) last.current = { key: newKey(), of };
    set({ busy: true });
    try {
      const answer = await act(command, options, { key: last.current.key, told: (job) => set({ busy: true, job }), match });
      last.current = { key: "", of: "" };
      set({ answer });
      return answer;
    } catch (problem) {
      if (answered(problem)) last.current = { key: "", of: "" };
      set({ problem });
      return null;
    }
  };
  return { ...s, run, refuse: (problem) => set({ problem }), clear: () => set({}) };
}

// Of an act that takes longer; meanwhile `busy` keeps its button from being pressed twice.
export function Doing({ of }) {
  return html`<${Refusal} problem=${of.problem} /><${Progress} job=${of.job} onCancel=${of.job && (() => cancel(of.job.id))} />`;
}
