// Product sampling (产品质量监督抽查): tasks, sheets, the lab's tests, what becomes of a batch, and its publication.
import { html } from "../../lib/html.js";
import { BatchAct } from "./acts.js";
import { Batch } from "./batch.js";
import { AddLab, AddLabReport, AddPerson, AddProduct, AddQuota, FileTask, Labs, MakeTask, ReviseTask } from "./make.js";
import { Numbers } from "./numbers.js";
import { About, Products, SummaryPage, Task } from "./plan.js";
import { Tasks } from "./plans.js";
import { PublishTask, TakeBack } from "./publish.js";
import { TakeSample } from "./sheet.js";
import { FindTest, Test } from "./test.js";

export const nav = (me) => (me.roles.some((r) => r !== "admin") && !me.offline ? [["sampling", ["sampling"]]] : []);

const PARTS = { products: Products, summary: SummaryPage, about: About, product: AddProduct, quota: AddQuota, revise: ReviseTask, file: FileTask, "lab-report": AddLabReport, sheet: TakeSample, publish: PublishTask };

export function page({ route, me }) {
  const [first, name, what] = route.path;
  const query = route.query;
  if (first === "sampling" && !name) return html`<${Tasks} me=${me} query=${query} />`;
  if (first === "sampling" && name === "add") return html`<${MakeTask} me=${me} />`;
  if (first === "sampling" && !what) return html`<${Task} key=${name} me=${me} name=${name} query=${query} />`;
  if (first === "sampling" && what === "withdraw") return html`<${TakeBack} key=${query.sample} me=${me} name=${name} sample=${query.sample || ""} />`;
  if (first === "sampling") {
    const Part = Object.prototype.hasOwnProperty.call(PARTS, what) ? PARTS[what] : null;
    return Part ? html`<${Part} key=${`${name}/${what}`} me=${me} name=${name} query=${query} />` : null;
  }
  if (first === "batch" && name) return what ? html`<${BatchAct} key=${`${name}/${what}`} me=${me} name=${name} act=${what} />` : html`<${Batch} key=${name} me=${me} name=${name} done=${query.done} />`;
  if (first === "test") return name ? html`<${Test} key=${name} me=${me} number=${name} mode=${what} done=${query.done} />` : html`<${FindTest} />`;
  if (first === "blind") return html`<${Numbers} me=${me} query=${query} />`;
  if (first === "labs") return name === "add" ? html`<${AddLab} />` : name === "person" ? html`<${AddPerson} query=${query} />` : html`<${Labs} me=${me} />`;
  return null;
}
