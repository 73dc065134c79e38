// A small public site with one released draw, made by protocol/js's own writers: two levels above one county. What a
// test changes before the site is made shows which step of the PUBLIC profile notices.

import { compareText, concat, toHex, utf8 } from '../../protocol/js/bytes.js';
import { fingerprint, parsePolicy } from '../../protocol/js/cert.js';
import { encodeChangeset } from '../../protocol/js/change.js';
import { alphaOf, beaconDigest, drawKeys, seedOf, select } from '../../protocol/js/draw.js';
import { tagged } from '../../protocol/js/ed25519.js';
import { commitmentOf, encodeHeader, printRowId, rowId } from '../../protocol/js/entry.js';
import { encodeFrame, encodePartFrame } from '../../protocol/js/frame.js';
import { inclusionProof, leafHash, rootOf } from '../../protocol/js/merkle.js';
import { checkpointText, encodeProof } from '../../protocol/js/note.js';
import { parseRegistry } from '../../protocol/js/registry.js';
import { attributeHash, encodeAttributes, freezeRoots, objectBody, objectRecord, recordsRoot, selectedRecord } from '../../protocol/js/roster.js';
import { parseRules } from '../../protocol/js/rules.js';
import { hmac256, sha256 } from '../../protocol/js/sha2.js';
import { encodeSlip } from '../../protocol/js/slip.js';
import { encodeFreeze, encodeOrder, encodeResult } from '../../protocol/js/texts.js';
import { verifyVrf } from '../../protocol/js/vrf.js';
import { file } from './files.mjs';
import { certBytes, cosignature, office, policyBytes, signedNote } from './office.mjs';
import { prove } from '../../protocol/js/prove.js';

export const registryBytes = file('protocol/registry-1.txt');
const registry = parseRegistry(registryBytes);
export const province = office('140000', 1), city = office('140600', 2, province), county = office('140602', 3, city);
const SALT_KEY = sha256(utf8('salt key'));

export const rulesBytes = utf8(`draw-rules/1
slot 140600 2021 21 1
type both
population not(eq(status,5))
stratum 1 1/4 1 ge(class,3)
stratum 2 1/5 0 true
total -
must 1
exclude 64
cap 2
role 1 2 -
pool 2
load -
age 30
witness 24
return 10
supp 3
level offline
`);

const roster = {
    objects: Array.from({ length: 24 }, (_, i) => ({
        id: 'E:9114060200000000' + String(i).padStart(2, '0'), kind: 1, class: i % 5, status: i === 23 ? 5 : 0,
        complaints: 0, inspected: i === 22 ? 2 : 0, last: 0, office: '140602', tags: [],
    })),
    marks: [], inspectors: [{ id: '140602/A1', quals: [], available: 1, load0: 0 }, { id: '140602/A2', quals: [], available: 1, load0: 0 }],
    recusals: [],
};

/** An entry of an office: its header, signature and the public part with these rows, [table, values behind the key]. */
function entry(who, seq, kind, rows, lane = 2) {
    const made = rows.map(([name, ...values], n) => ({
        table: registry.tables.get(name),
        values: [who.fields.office, rowId({ epoch: who.fields.epoch, seq, n }), 1n, ...values],
    }));
    const stored = encodeChangeset(made), salt = sha256(utf8(who.origin + seq));
    const header = encodeHeader({
        origin: who.origin, seq, time: 1626000000000, lane, kind, schema: registry.version, schemaHash: registry.hash,
        deps: [], parts: [{ audience: 1, codec: 0, reach: 0, to: who.fields.office, stored: stored.length, raw: stored.length,
            commitment: commitmentOf(salt, stored) }],
    });
    const signature = who.secrets.log.sign(tagged('header', header));
    const frames = concat(encodeFrame(4, concat(signature, header)),
        encodeFrame(5, encodePartFrame({ origin: who.origin, seq, part: 0, salt, stored })));
    return { origin: who.origin, seq, leaf: leafHash(header), frames };
}

const place = ({ origin, seq, leaf }) => ({ origin, index: BigInt(seq), hash: leaf });

/** A proof file of the entry at `seq` in a log with these leaves, cosigned by [office, seconds] pairs. */
function proof(who, leaves, seq, witnesses) {
    const text = checkpointText({ origin: who.origin, size: leaves.length, root: rootOf(leaves) });
    const note = signedNote(who, text, ...witnesses.map(([witness, time]) => cosignature(witness, time, text)));
    return encodeProof({ index: seq, path: inclusionProof(seq, leaves), note });
}

function manifest(files, publisher) {
    const paths = Array.from(files.keys()).sort(compareText);
    const bytes = utf8(paths.map((path) => toHex(sha256(files.get(path))) + '  ' + path + '\n').join(''));
    const text = ['qian-site/1', publisher.origin, 'manifest ' + toHex(sha256(bytes)) + ' ' + paths.length, 'time 1626400000']
        .map((line) => line + '\n').join('');
    files.set('manifest.txt', bytes);
    files.set('manifest.note', signedNote(publisher, text));
}

/** What the owner of an object gets from the office that drew. */
function slipOf(object, drawn, frozen) {
    const records = roster.objects.map((o) => objectRecord(o, SALT_KEY)), at = roster.objects.indexOf(object);
    const attrSalt = hmac256(SALT_KEY, utf8('attr\0' + object.id));
    const body = objectBody(object.id, attributeHash(attrSalt, encodeAttributes(object)));
    return encodeSlip({
        remarks: ['# 请妥善保管'], draw: place(drawn), freeze: place(frozen), object: object.id, attributes: object, attrSalt,
        salt: records[at].subarray(body.length), leaf: BigInt(at), path: inclusionProof(at, records.map(leafHash)), marks: [],
    });
}

/** {files, fingerprint, drawName, objects, selected, slip(object)}. `change` may hold functions by name that get and
 *  may alter what is made: order, freeze, result (texts as values), rows (the list), files (the Map, before the
 *  manifest is made), after (behind it); and `late`, seconds by which the draw was cosigned later. */
export function smallSite(change = {}) {
    const alter = (name, value) => (change[name] ? change[name](value) || value : value);
    const rules = parseRules(rulesBytes), roots = freezeRoots(roster, SALT_KEY);
    const freeze = Object.assign({ origin: county.origin, roster: 1n, seq: 0n, date: '2021-07-12', sources: [] }, roots);
    const frozen = entry(county, 0, 7, [['draw_freeze', 1n, new TextDecoder().decode(encodeFreeze(alter('freeze', freeze)))]]);
    const order = alter('order', {
        parent: city.origin, office: county.origin, lists: [], attempt: 0, supp: 0, level: 'witnessed', exceptions: [],
        slots: [Object.assign({ type: 'both', rulesHash: rules.hash }, rules.slot)],
        freeze: Object.assign(place(frozen), { size: 1n, root: rootOf([frozen.leaf]) }), keys: [county.fields.keys.vrf],
        window: ['2021-07-12', '2021-10-31'], nonce: sha256(utf8('nonce')),
    });
    const text = encodeOrder(order), orderId = sha256(text), note = signedNote(city, new TextDecoder().decode(text));
    const noteText = new TextDecoder().decode(note);
    const ordered = entry(city, 0, 8, [['draw_order', '140602', '140600', '2021', '21', 1n, 'both', 0n, 0n, noteText]]);
    const pi = prove(sha256(utf8('140602 vrf')), county.fields.keys.vrf, alphaOf(orderId, beaconDigest()));
    const keys = drawKeys(seedOf([verifyVrf(county.fields.keys.vrf, alphaOf(orderId, beaconDigest()), pi)]));
    const { strata, selected } = select(rules, roster, keys);
    const rows = alter('rows', selected.slice());
    const records = rows.map((pick) => selectedRecord(pick, SALT_KEY));
    const result = alter('result', {
        origin: county.origin, order: { origin: city.origin, index: 0n, id: orderId }, freeze: place(frozen),
        seen: { origin: city.origin, size: 1n, root: rootOf([ordered.leaf]) }, proofs: [{ key: county.fields.keys.vrf, pi }],
        strata: strata.map((s) => Object.assign({ slot: 1 }, s)),
        selected: [{ slot: 1, count: rows.length, root: recordsRoot(records) }],
    });
    const id = rowId({ epoch: 1, seq: 1, n: 0 }), resultText = encodeResult(result);
    const drawn = entry(county, 1, 9, [['draw_result', city.origin, 0n, new TextDecoder().decode(resultText)],
        ...rows.map((pick, i) => ['draw_selected', id, 1n, pick.id, BigInt(pick.mode), records[i].slice(-16)])]);
    const directory = 'draws/140602-' + printRowId(id) + '/', late = change.late || 0;
    const script = utf8('(function () {})();\n');
    const registered = entry(change.scriptBy || city, 1, 13, [['site_script', change.scriptPath || 'check.js', sha256(alter('script', script)), '2021-07-13']], 3);
    const judged = entry(change.judge || province, 2, 14, [['draw_verdict', '140602', change.judged || id, 'witnessed', 'verified', '', '', '2021-07-14']]);
    const files = new Map([
        ['root-policy.txt', policyBytes], ['rules.html', utf8('<p>')],
        ['check.js', script], ['check.frames', registered.frames],
        ['check.proof', proof(change.scriptBy || city, [ordered.leaf, registered.leaf], 1, [])],
        ...[province, city, county].map((who) => ['certs/' + who.fields.office + '-1-1.cert', certBytes(who)]),
        ...Object.entries({
            'entries.frames': concat(ordered.frames, frozen.frames, drawn.frames), 'order.txt': note,
            'freeze.txt': encodeFreeze(freeze), 'result.txt': resultText, 'rules-1.txt': rulesBytes,
            'order.140600.proof': proof(city, [ordered.leaf], 0, [[city, 1000], [province, 2000]]),
            'freeze.140600.proof': proof(county, [frozen.leaf], 0, [[county, 900], [city, change.frozenAt || 950]]),
            ['verdict.' + (change.judge || province).fields.office + '.frames']: judged.frames,
            'draw.140600.proof': proof(county, [frozen.leaf, drawn.leaf], 1, [[city, 1100 + late]]),
        }).map(([name, bytes]) => [directory + name, bytes]),
    ]);
    alter('files', files);
    manifest(files, city);
    alter('after', files);
    const fingerprintText = fingerprint(parsePolicy(policyBytes).hash);
    return { files, directory, fingerprint: fingerprintText, drawName: '140602:' + printRowId(id), objects: roster.objects,
        selected, strata, keys, slip: (object) => slipOf(object, drawn, frozen) };
}
