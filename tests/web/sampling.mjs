// Product sampling in the pages of a city (1402), its province (14) and a county (140213): a notice with three batches; one that
// fails, is objected to, retested, published and taken back; one that fails, is sent on and disposed of; one that was refused.
// Their clock is the file `clock` of the suite; each day begins with whoever works coming in anew.
import { hands, PNG } from './hands.mjs';

const P = '14', C = '1402', K = '140213';
const DOC = '同市监发〔2025〕56号';
const TITLE = '2025年机械及安防、轻工产品质量监督抽查';
const LABS = ['天津五十一站质量检验中心有限公司', '律达检测服务（山东）有限公司'];
const REPORT = Buffer.from('report');

export async function run(world) {
    const { ok } = world;
    const { day, come, at, words, says, see, confirm: confirmed, exchange } = hands(world, 'sampling');
    let asked = 0;
    /** The same page as narrow as a phone, and back. */
    const narrow = async (page, name) => {
        await page.setViewportSize({ width: 360, height: 740 });
        await see(page, `phone: ${name}`);
        await page.setViewportSize({ width: 1280, height: 900 });
    };
    const fill = async (page, values) => {
        for (const [field, v] of Object.entries(values)) {
            await page.waitForSelector(`#f-${field}:not([disabled])`); // what is chosen from has come
            const tag = await page.$eval(`#f-${field}`, (e) => e.tagName + (e.type || ''));
            if (tag.startsWith('FIELDSET')) for (const x of [].concat(v)) await page.check((await page.$(`#f-${field} input[value="${x}"]`)) ? `#f-${field} input[value="${x}"]` : `#f-${field} .box:has-text("${x}") input`);
            else if (tag.startsWith('SELECT')) await page.selectOption(`#f-${field}`, await page.$eval(`#f-${field}`, (e, text) => (Array.from(e.options).find((o) => o.value === text || o.text.includes(text)) || {}).value, v));
            else if (tag.endsWith('file')) await page.setInputFiles(`#f-${field}`, { name: `${field}.png`, mimeType: 'image/png', buffer: Buffer.concat([PNG, Buffer.from(field + v)]) });
            else await page.fill(`#f-${field}`, v);
        }
    };
    /** What is about to be written is read and confirmed; then `after` is there. */
    const confirm = async (page, name, after = '.note.good', pattern) => {
        // One page for all: what is said differs, and is looked at where it ends something for good.
        await confirmed(page, `${name}: check answers`, after, pattern, asked++ < 4 || pattern);
        await ok(`${name}: it is written`, true);
    };
    /** The open form of a step: filled in, checked, written. */
    const step = async (page, name, values, after, pattern) => {
        await page.waitForSelector('form.step');
        await fill(page, values);
        await see(page, name);
        await page.click('form.step button.main');
        await confirm(page, name, after, pattern);
    };
    const digest = (page, field) => page.setInputFiles(`#f-${field}-file`, { name: 'report.pdf', mimeType: 'application/pdf', buffer: REPORT }).then(() => page.waitForSelector(`#f-${field}-file ~ [role=status]`));
    /** The page of a batch, reached from that of the plan as its reader would, by the sheet's number. */
    let task = '';
    const plan = (who) => at(who, `sampling/${encodeURIComponent(task)}`, '.parts');
    const batch = async (who, sheet) => {
        const page = await plan(who);
        await page.waitForSelector('table.list');
        await page.click(`table.list a:has-text("${sheet}")`);
        await page.waitForSelector('section.next');
        return page;
    };
    const act = async (page, label) => {
        await page.click(`section.next a.button:has-text("${label}")`);
        await page.waitForSelector('form.step');
    };

    const numbers = {};
    const stages = {
        come,

        async plan() {
            await day('2025-08-18 09:30');
            let page = await at(`${C}-planner`, 'sampling', 'text=新建监督抽查');
            await see(page, 'no plans yet');
            await page.click('a:has-text("机构和人员")');
            await page.waitForSelector('a:has-text("新增机构")');
            for (const [i, name] of LABS.entries()) {
                await page.click('a:has-text("新增机构")');
                await step(page, 'a lab', { name, cert_no: `CMA ${i + 1}` }, 'a:has-text("新增机构")');
            }
            for (const [no, name, duty] of [['T01', '抽一', '抽样'], ['T02', '抽二', '抽样'], ['T05', '验甲', '检验']]) {
                await page.click('section:has-text("天津") a:has-text("新增人员")');
                await step(page, 'a person of a lab', { staff_no: no, name, duty }, 'a:has-text("新增机构")');
            }
            await see(page, 'labs and staff');
            page = await at(`${C}-planner`, 'sampling/add', 'form.step');
            await page.click('form.step button.main');
            await page.waitForSelector('.refusal');
            await ok('a notice without a title is not taken', async () => (await page.$$('.refusal a')).length >= 2);
            await step(page, 'a plan', { title: TITLE, doc_no: DOC, issued_on: '2025-08-18', scope: '大同市范围内生产领域、流通领域', service_until: '2025-11-10', ecqs_until: '2025-11-30', report_until: '2025-11-15' }, 'section.ready');
            task = decodeURIComponent(page.url().split('/sampling/')[1].split('?')[0]);
            await see(page, 'a plan that is not ready');
            for (const [name, batches] of [['学生校服', '2'], ['电动自行车用锂电池', '1']]) {
                await at(`${C}-planner`, `sampling/${encodeURIComponent(task)}/product`, 'form.step');
                await step(page, 'a product', { name, batches }, 'a:has-text("新增产品")');
                await page.click(`tr:has-text("${name}") a:has-text("分配批次")`);
                await step(page, 'batches for a lab', { lab: LABS[0], sampling_lab: LABS[0] }, '.inside');
            }
            await see(page, 'products and labs');
            await narrow(page, 'products and labs');
        },

        async file() {
            let page = await at(`${C}-planner`, `sampling/${encodeURIComponent(task)}/file`, 'button:has-text("报送方案")');
            for (const kind of ['方案', '实施细则']) {
                await page.click(`button:has-text("报送${kind}")`);
                await page.click('form button.main');
                await confirm(page, 'scheme and rules go up', `section:has-text("${kind}"):has-text("等待")`);
            }
            await see(page, 'scheme and rules');
            await exchange(`${C}-planner`);
            for (let i = 0; i < 2; i++) {
                page = await at(`${P}-planner`, 'records/filing', 'main table');
                await page.click(`tbody tr:nth-child(${i + 1}) td:first-child a`);
                await page.click('main a.button:has-text("答复")');
                await page.waitForSelector('#f-outcome');
                await fill(page, { outcome: '批准', answered_on: '2025-08-18', receipt_no: `晋市监〔2025〕${i + 1}号` });
                await page.click('form button.main');
                await page.click('p.tools button.main');
                await page.waitForSelector('.note.good');
            }
            await ok('the province approves both', true);
            await exchange(`${C}-planner`);
            page = await at(`${C}-planner`, `sampling/${encodeURIComponent(task)}/file`, 'button:has-text("在抽查任务上登记报送")');
            await page.click('button:has-text("在抽查任务上登记报送")');
            await confirm(page, 'the task names them', 'section:has-text("批准"):not(:has(button))');
            await page.click('main a.button:has-text("返回")');
            await page.waitForSelector('section.ready a:has-text("填写公开日期")');
            await page.click('section.ready a:has-text("填写公开日期")');
            await page.waitForSelector('#reason');
            await page.fill('#reason', '实施细则已公开');
            await step(page, 'the rules are public', { rules_title: '学生校服、锂电池监督抽查实施细则', rules_published_on: '2025-08-20' }, '.note.good');
            await ok('nothing is missing any more', async () => !(await page.$('section.ready')));
        },

        // On a phone, in a shop: one batch, then another, then a shop that refuses.
        async take() {
            await day('2025-09-10 10:00');
            const shops = [['DT20250001', '学生校服', '大同市平城区华联超市', 'a'], ['DT20250002', '学生校服', '大同市云州区新星百货', 'b'], ['DT20250003', '电动自行车用锂电池', '大同市云州区某车行', '']];
            for (const [no, product, party, seal] of shops) {
                const page = await at(`${C}-sampler`, `sampling/${encodeURIComponent(task)}`, 'a:has-text("开具抽样单")', 360);
                await page.click('a:has-text("开具抽样单")');
                await page.waitForSelector('form.step');
                if (no === 'DT20250001') {
                    await page.click('form.step button.main');
                    await page.waitForSelector('.refusal a');
                    await ok('an empty sheet is not taken', async () => (await page.$$('.refusal a')).length > 10);
                    await page.click('#f-sheet_no');
                    await page.keyboard.type('DT 1');
                    await ok('and whoever mends it goes on typing', async () => (await page.inputValue('#f-sheet_no')) === 'DT 1', () => page.inputValue('#f-sheet_no'));
                    await see(page, 'phone: what a sheet lacks');
                }
                await fill(page, { sheet_no: no, product, lab: '天津', stage: '流通领域', county: K, party, outcome: seal ? '已抽样' : '拒检' });
                if (seal) await fill(page, { place: '营业场所', producer: '大同市某某服饰有限公司', model: '170/92A', batch_no: '20250701', quantity: '4 件', stock: '60 件', price: '128 元/件', price_basis: '标价', photo_place: seal, photo_storage: seal, photo_label: seal, photo_stock: seal, photo_process: seal,
                    test_seal: `J${seal}1`, backup_seal: `B${seal}1`, party_signature: '已签字' });
                else await fill(page, { note: '两次上门，负责人拒绝抽样' });
                await step(page, 'phone: a sampling sheet', { samplers: ['抽一', '抽二'] }, '.note.good', /抽样单/);
                await see(page, 'phone: a batch');
            }
            let page = await at(`${C}-sampler`, '', '.work-samples .cards');
            await see(page, 'phone: the sampler at home');
            page = await plan(`${C}-sampler`);
            await page.waitForSelector('table.list');
            await says(page, 'three batches, one refused', /3.*共|显示|DT20250003/);
            await see(page, 'phone: a plan with three batches');
        },

        // Received, numbered, tested by somebody who does not know whose it is, concluded, revealed, reported.
        async lab() {
            let page = await batch(`${C}-custodian`, 'DT20250001');
            await act(page, '收样');
            await step(page, 'reception', { seal: '完好', matches: '相符', looks: '包装完好' }, '.note.good', /接收/);
            page = await batch(`${C}-custodian`, 'DT20250002');
            await act(page, '收样');
            await step(page, 'reception', { seal: '完好', matches: '相符', looks: '包装完好' });
            await page.click('section.next a.button.main:has-text("编盲样号")');
            await page.click('button:has-text("给 2 份样品编号")');
            await confirm(page, 'numbers', '.note.good', /随机/);
            await see(page, 'blind numbers');
            for (const r of await page.$$eval('main tbody tr', (l) => l.map((tr) => Array.from(tr.cells, (c) => c.textContent.trim())))) numbers[r[1]] = r[0];
            await ok('two samples have a number', /^M[2-9A-Z]{8}$/.test(numbers.DT20250001) && numbers.DT20250001 !== numbers.DT20250002, JSON.stringify(numbers));
            for (const sheet of ['DT20250001', 'DT20250002']) {
                page = await at(`${C}-tester`, 'test', '#number');
                await see(page, 'find a test');
                await page.fill('#number', numbers[sheet]);
                await page.click('form button.main');
                await page.waitForSelector('form.step #lab');
                await page.selectOption('#lab', { label: LABS[0] });
                await step(page, 'a test begins', { testers: '验甲' }, 'a.main:has-text("登记检验项目")');
                await page.click('a:has-text("登记检验项目")');
                await page.waitForSelector('#item-0');
                await page.click('button:has-text("再加一项")');
                for (const [i, item, verdict] of [[0, '甲醛含量', 'pass'], [1, '纤维含量', 'fail']]) {
                    await page.fill(`#item-${i}`, item);
                    await page.fill(`#measured-${i}`, '见原始记录');
                    await page.selectOption(`#verdict-${i}`, verdict);
                }
                await see(page, 'items of a test');
                await page.click('form button.main');
                await confirm(page, 'items', 'main a.main:has-text("写检验结论")');
                await see(page, 'a test');
                await says(page, 'nobody says whose it is', /纤维含量/);
                await ok('neither sheet nor party stand there', async () => !/DT2025|华联|新星/.test(await words(page)));
                await page.click('a.main:has-text("写检验结论")');
                await step(page, 'a conclusion', {}, ':text("等样品管理员公开编号")', /只能写一次/);
            }
            page = await at(`${C}-custodian`, 'blind', 'button:has-text("公开 2 个编号")');
            await page.click('button:has-text("公开 2 个编号")');
            await confirm(page, 'the numbers are revealed', '.note.good', /不能收回/);
            for (const sheet of ['DT20250001', 'DT20250002']) {
                page = await batch(`${C}-tester`, sheet);
                await act(page, '出具检验报告');
                await digest(page, 'digest');
                await step(page, 'a report', { report_no: `BG${sheet.slice(2)}` }, '.note.good');
            }
            page = await batch(`${C}-tester`, 'DT20250002');
            await act(page, '出具质量改进建议书');
            await ok('what fails is filled in', async () => (await page.inputValue('#f-failed_items')) === '纤维含量');
            await step(page, 'a proposal', { problem_description: '纤维含量与标识不符', improvement_advice: '加强出厂检验', lab_seal: '已盖章' });
            page = await batch(`${C}-sampler`, 'DT20250003');
            await act(page, '登记 e-CQS 录入');
            await step(page, 'an entry in e-CQS', { ecqs_no: 'E3' });
            await ok('nothing is due in e-CQS any more', async () => !/抽样信息录入/.test(await words(page)), () => words(page));
            await exchange(`${C}-planner`);
        },

        // The county reads what was taken in its area, and agrees that the refusal was one.
        async refusal() {
            let page = await batch(`${C}-follow-up`, 'DT20250003');
            await act(page, '认定拒检');
            await step(page, 'a refusal is determined', { doc_no: '拒2025-3', facts: '两次上门均拒绝抽样' });
            await exchange(`${K}-follow-up`);
            page = await at(`${K}-follow-up`, 'sampling', 'table.list a');
            await page.click('table.list a');
            await page.waitForSelector('.nexts');
            await see(page, 'the plan at the county');
            page = await batch(`${K}-follow-up`, 'DT20250003');
            await act(page, '会签拒检认定');
            await step(page, 'the county co-signs', { outcome: '同意' }, '.note.good', /不合格论处/);
            await exchange(`${K}-follow-up`);
            page = await batch(`${C}-follow-up`, 'DT20250003');
            await says(page, 'both found the refusal', /拒检已认定|拒检/, 'p.sub');
        },

        // To party and producer; received; the first objects in time, and the retest finds otherwise.
        async serve() {
            let page = null;
            for (const sheet of ['DT20250001', 'DT20250002']) {
                for (const [who, kind] of [['party', '被抽样单位'], ['producer', '生产']]) {
                    page = await batch(`${C}-follow-up`, sheet);
                    await act(page, '送达检验报告');
                    await step(page, 'a report is served', { mode: 'EMS', waybill: `EM${sheet.slice(-2)}${who}` }, '.note.good', new RegExp(kind));
                }
                for (let i = 0; i < 2; i++) {
                    await act(page, '登记送达回执');
                    await step(page, 'the receipt', { received_on: '2025-09-10' });
                }
                await says(page, 'the time to object runs', /等待异议期满.*2025-09-25/, 'section.next');
            }
            await see(page, 'a batch that waits');
            await narrow(page, 'a batch that waits');
            await day('2025-09-20 09:00');
            page = await batch(`${C}-follow-up`, 'DT20250001');
            await act(page, '登记异议');
            await step(page, 'an objection', { subject: '检验结论', text: '不认可检验结论' });
            await says(page, 'it is to be decided', /下一步：处理异议/);
            await act(page, '处理异议');
            await step(page, 'an objection is decided', { decision: '复检', answer: '同意复检' }, '.note.good', /安排复检/);
            await act(page, '安排复检');
            await step(page, 'a retest', { lab: '律达' });
            await says(page, 'its formalities are due within seven days', /2025-09-27/, 'section.next');
            await see(page, 'a batch that is retested');
            await act(page, '登记复检手续');
            await step(page, 'formalities of a retest', { formalities_on: '2025-09-20', lab_named_on: '2025-09-20' });
            await act(page, '登记复检结论');
            await digest(page, 'report_digest');
            await step(page, 'the retest is concluded', { conclusion: 'conforming', report_no: 'FJ2025-1' }, '.note.good', /组织抽查的机关/);
        },

        // All is final: the failing one is sent on and handed over, the others become public.
        async end() {
            await day('2025-10-09 09:00');
            let page = await plan(`${C}-follow-up`);
            await page.waitForSelector('table.list');
            await see(page, 'a plan under way');
            await page.click('.nexts a:has-text("移交不合格产品")');
            await page.waitForSelector('h2:has-text("下一步“移交不合格产品”")');
            await page.waitForSelector('table.list a:has-text("DT20250001")', { state: 'detached' });
            await ok('the filter stands in the address', async () => /next=dispatch/.test(page.url()) && (await page.$('table.list a:has-text("DT20250002")')), () => page.url());
            for (const sheet of ['DT20250002', 'DT20250003']) {
                page = await batch(`${C}-follow-up`, sheet);
                await act(page, '移交不合格产品');
                await step(page, 'a failing product is sent on', { doc_no: `处${sheet.slice(-4)}` });
            }
            page = await batch(`${C}-custodian`, 'DT20250002');
            await act(page, '处置样品');
            await page.waitForSelector('#f-manner');
            await fill(page, { manner: '退还', receiver: '大同市云州区新星百货' });
            await page.click('form.step button.main');
            await page.waitForSelector('main .ask');
            await page.click('main .ask > .row button:first-child');
            await page.waitForSelector('main .refusal');
            await says(page, 'what fails is not returned, and the office says why', /不能退还/, 'main .refusal');
            await page.click('main .ask > .row button:nth-child(2)');
            await step(page, 'a failing sample is handed over', { manner: '移交', receiver: `${K} 市场监督管理局` });
            page = await batch(`${C}-reviewer`, 'DT20250001');
            await page.click('section.next a.button.main:has-text("公布结果")');
            await page.waitForSelector('main form button.main');
            await see(page, 'what can be published');
            await ok('three batches are ready', async () => (await page.$$('main section:first-of-type tbody tr')).length === 3, () => words(page));
            await page.click('main form button.main');
            await confirm(page, 'publication', '.note.good', /只能更正或撤销/);
            await see(page, 'what is public');
            await narrow(page, 'what is public');
            await exchange(`${C}-planner`);
            page = await batch(`${C}-custodian`, 'DT20250001');
            await act(page, '处置样品');
            await step(page, 'a sample is returned', {});
            await says(page, 'its way is at the end', /已办结/, 'section.next');
            await see(page, 'a batch at its end');
        },

        async county() {
            await exchange(`${K}-follow-up`);
            const page = await batch(`${K}-follow-up`, 'DT20250002');
            await act(page, '立项后续处理');
            await fill(page, { disposal: 'D03' });
            await step(page, 'a follow-up is opened', {});
            await says(page, 'the way shows it', /后续/, '.way');
        },

        // A sheet was wrong: corrected in public; another is taken back, with its reason.
        async back() {
            let page = await batch(`${C}-sampler`, 'DT20250002');
            await page.click('a:has-text("修改抽样单")');
            await page.waitForSelector('#f-model');
            await page.fill('#f-model', '175/96A');
            await page.fill('#reason', '型号录入有误');
            await page.click('form button.main');
            await page.click('p.tools button.main');
            await page.waitForSelector('.note.good');
            page = await at(`${C}-reviewer`, `sampling/${encodeURIComponent(task)}/publish`, '#reason');
            await see(page, 'a correction waits');
            await page.fill('#reason', '型号录入有误');
            await page.click('main form button.main');
            await confirm(page, 'a correction', '.note.good', /型号录入有误/);
            await page.click('tr:has-text("华联") a:has-text("撤销公布")');
            await page.waitForSelector('#reason');
            await page.click('main form button.main');
            await page.waitForSelector('.refusal');
            await page.fill('#reason', '样品不是该单位的');
            await see(page, 'a publication is taken back');
            await page.click('main form button.main');
            await confirm(page, 'withdrawal', '.way li.gone', /仍向社会公开/);
            await see(page, 'a batch whose publication was taken back');
            page = await at(`${C}-reviewer`, `sampling/${encodeURIComponent(task)}/summary`, '.cards');
            await says(page, 'one conforms, one fails, one refused', /合格/);
            await see(page, 'the summary');
            await narrow(page, 'the summary');
            page = await at(`${C}-reviewer`, 'sampling', 'table.list');
            await see(page, 'all plans');
            await narrow(page, 'all plans');
            await at(`${C}-reviewer`, `sampling/${encodeURIComponent(task)}/about`, '.pairs');
            await see(page, 'about a plan');
            await page.click('button:has-text("English")');
            await page.waitForSelector('a:has-text("Products and labs")');
            page = await plan(`${C}-reviewer`);
            await page.waitForSelector('table.list');
            await ok('no text is missing in English', async () => !/ui\.[a-z]+\./.test(await words(page)), () => words(page));
            await see(page, 'a plan in English');
            await page.click('table.list a:has-text("DT20250002")');
            await page.waitForSelector('section.next');
            await ok('nor of a batch', async () => !/ui\.[a-z]+\./.test(await words(page)), () => words(page));
            await see(page, 'a batch in English');
        },
    };
    for (const stage of Object.values(stages)) await stage();
}
