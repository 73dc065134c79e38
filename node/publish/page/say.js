// Words of the page: sentences of the catalogue, in Chinese or English.

import { WORDS } from './words.js';

let language = 0; // 0 Chinese, 1 English

export function speak(english) {
    language = english ? 1 : 0;
}

export function isEnglish() {
    return language === 1;
}

/** The sentence of an id with its {values}; undefined where the catalogue has none. */
export function sentence(id, values) {
    if (WORDS[id] === undefined) return undefined;
    return WORDS[id][language].replace(/\{([a-z][a-z0-9_]*)\}/g, (all, key) => (
        values !== undefined && values[key] !== undefined ? String(values[key]) : all));
}

export function say(id, values) {
    return sentence(id, values) || id;
}

const shown = (value) => (value instanceof Uint8Array ? value.length + ' B' : Array.isArray(value) ? value.map(shown).join(', ')
    : value !== null && typeof value === 'object' ? '…' : String(value));

/** Why a step did not hold, and the rule's name with its values for whoever looks it up. */
export function reason({ id, args }) {
    const values = {};
    for (const key of Object.keys(args)) values[key] = shown(args[key]);
    const rule = [id].concat(Object.keys(values).map((key) => key + '=' + values[key])).join(' ');
    const known = sentence(id, values);
    const whole = known !== undefined && !/\{[a-z]/.test(known) ? known : say('browser.why-other');
    return { text: whole, rule: rule.slice(0, 300) };
}

/** Seconds since 1970 as a day and minute of UTC+8, as all pages show them. */
export function timeText(seconds) {
    return new Date(Number(seconds) * 1000 + 8 * 3600 * 1000).toISOString().slice(0, 16).replace('T', ' ');
}
