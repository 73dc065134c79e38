// The PUBLIC profile of the second implementation, from the command line; tests/t/site.sh holds it against the program.
//   node tests/js/site-check.mjs SITE FINGERPRINT DRAW OBJECT [SLIP]
// Prints "holds", "forgotten" or "open", then the ids of the steps that did not hold, then how the object stands in each
// slot; on stderr the level that the evidence shows, and what this checker is too old for. It knows the registries of
// protocol/, or those of the directory $REGISTRIES.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPublic, tooNew } from '../../protocol/js/public.js';
import { QnError } from '../../protocol/js/bytes.js';

const [site, fingerprint, drawName, object, slip] = process.argv.slice(2);
const files = new Map();
const walk = (directory, prefix) => {
    for (const entry of readdirSync(join(site, directory), { withFileTypes: true })) {
        const path = prefix + entry.name;
        if (entry.isDirectory()) walk(path, path + '/');
        else files.set(path, new Uint8Array(readFileSync(join(site, path))));
    }
};
walk('', '');
const shelf = process.env.REGISTRIES || fileURLToPath(new URL('../../protocol/', import.meta.url));
const registries = readdirSync(shelf).filter((name) => /^registry-[0-9]+\.txt$/.test(name)).sort()
    .map((name) => new Uint8Array(readFileSync(join(shelf, name))));
try {
    const slipBytes = slip && new Uint8Array(readFileSync(slip));
    const { holds, steps, answer, forgotten } = checkPublic({ files, fingerprint, drawName, object, slip: slipBytes, registries });
    for (const { step, ok, found, refusal } of steps) {
        if (ok && step === 'level') console.error('level ' + found.level);
        if (!ok && refusal.id === 'entry.schema') console.error(tooNew(refusal.args));
    }
    const failed = steps.filter(({ ok }) => !ok).map(({ step, refusal }) => step + ':' + refusal.id);
    console.log([holds ? 'holds' : forgotten ? 'forgotten' : 'open', ...failed, ...(answer ? answer.slots.map((slot) => slot.answer) : [])].join(' '));
} catch (e) {
    if (!(e instanceof QnError)) throw e;
    console.log('open ' + e.id);
}
