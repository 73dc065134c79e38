// Working days (protocol/spec/calendar.md). Days are numbers since 1970-01-01 (bytes.js, parseDate).

import { fail, need } from './bytes.js';

const DAYS_MAX = 3660;
const DAY_MAX = 2932896; // calendar-5: 9999-12-31

/** calendar-1: a calendar of day numbers; refused unless its lists are in order, covered, disjoint and right. */
export function makeCalendar({ from, to, holidays, makeups }) {
    need(from >= 0 && from <= to && to <= DAY_MAX, 'calendar.range'); // calendar-5
    for (const days of [holidays, makeups]) {
        days.forEach((day, i) => {
            need(day >= from && day <= to, 'calendar.outside', { day });
            need(i === 0 || days[i - 1] < day, 'calendar.order', { day });
        });
    }
    const off = new Set(holidays);
    for (const day of makeups) {
        need(!off.has(day), 'calendar.both', { day });
        need(isWeekend(day), 'calendar.makeup-weekday', { day });
    }
    return { from, to, holidays: off, makeups: new Set(makeups) };
}

/** 1970-01-01 was a Thursday. */
function isWeekend(day) {
    const weekday = (day + 4) % 7; // 0 Sunday
    return weekday === 0 || weekday === 6;
}

/** calendar-2. */
export function isWorked(calendar, day) {
    return calendar.makeups.has(day) || (!isWeekend(day) && !calendar.holidays.has(day));
}

/** calendar-3, calendar-4: {day, provisional} of n working days after the start day. */
export function dueDate(calendar, start, n) {
    if (!(Number.isInteger(n) && n >= 1 && n <= DAYS_MAX)) fail('limit', 'calendar.days', { days: n });
    need(start >= 0 && start <= DAY_MAX, 'calendar.start');
    let day = start, provisional = false;
    for (let left = n; left > 0;) {
        day++;
        if (day < calendar.from || day > calendar.to) provisional = true;
        if (isWorked(calendar, day)) left--;
    }
    return { day, provisional };
}
