// Which files of a site one draw rests on (public-17), read over whatever the page came by. Nothing is sent: the same
// files are asked for whatever id is typed, and whatever slip is opened.

import { decodeCert } from './cert.js';
import { parseOrigin } from './bytes.js';
import { parseNote } from './note.js';

const ALWAYS = ['manifest.txt', 'manifest.note', 'root-policy.txt', 'check.js', 'check.frames', 'check.proof', 'site.css'];

/** The office that signed the manifest's note; a bad note is told by the check, not here. */
function publisherOf(bytes) {
    try {
        return parseOrigin(parseNote(bytes).text.split('\n')[1]).office;
    } catch (e) {
        return undefined;
    }
}

function textOf(bytes) {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
}

/** Also of a manifest that was spoilt: the step about files says so, and the other steps go on. */
function pathsOf(manifest) {
    return textOf(manifest).split('\n').map((line) => line.slice(66)).filter((path) => /^[0-9A-Za-z_-][0-9A-Za-z._/-]*$/.test(path));
}

function chainOf(bytes) {
    const names = bytes === undefined ? [] : textOf(bytes).split('\n').filter((name) => /^[0-9A-Za-z]+:[0-9-]+$/.test(name));
    return names.slice(0, 64).map((name) => 'draws/' + name.replace(':', '-') + '/entries.frames');
}

function issuerOf(bytes) {
    try {
        return decodeCert(bytes).issuer;
    } catch (e) {
        return '';
    }
}

/** get(path): the bytes, or undefined. {files: Map, looked: Set, all: how many files the site has}. */
export async function fetchDraw(get, directory, office) {
    const files = new Map(), looked = new Set();
    async function take(paths) {
        const fresh = paths.filter((path) => !looked.has(path));
        fresh.forEach((path) => looked.add(path));
        const got = await Promise.all(fresh.map(get));
        got.forEach((bytes, i) => {
            if (bytes !== undefined) files.set(fresh[i], bytes);
        });
    }
    await take(ALWAYS);
    const manifest = files.get('manifest.txt');
    const paths = manifest === undefined ? [] : pathsOf(manifest), note = files.get('manifest.note');
    await take(paths.filter((path) => path.startsWith(directory)));
    // Of a supplement the draws before it: chain.txt names them, one a line (site-25).
    await take(chainOf(files.get(directory + 'chain.txt')).filter((path) => paths.includes(path)));
    // From the two offices upward: who issued the certificates of one is the next to be read.
    const offices = [office, note && publisherOf(note)].filter((code) => code);
    for (let at = 0; at < offices.length && at < 16; at++) {
        const own = paths.filter((path) => path.startsWith('certs/' + offices[at] + '-')
            || (path.startsWith('logs/' + offices[at] + '-') && path.endsWith('/checkpoint')));
        await take(own);
        for (const path of own.filter((p) => p.startsWith('certs/') && files.has(p))) {
            const issuer = issuerOf(files.get(path));
            if (issuer !== '' && !offices.includes(issuer)) offices.push(issuer);
        }
    }
    for (const path of ['manifest.txt', 'manifest.note']) looked.delete(path);
    return { files, looked, all: paths.length };
}
