// Working days (protocol/spec/calendar.md). Days are numbers since 1970-01-01 (bytes.js, parseDate).

import { need } from './bytes.js';

const DAYS_MAX = 3660;

/** calendar-1: a calendar of day numbers; refused unless its lists are in order, covered, disjoint and right. */
export function makeCalendar({ from, to, holidays, makeups }) {
    const ordered = (days) => days.every((day, i) => day >= from && day <= to && (i === 0 || days[i - 1] < day));
    need(from <= to && ordered(holidays) && ordered(makeups), 'calendar.days');
    need(makeups.every((day) => isWeekend(day)), 'calendar.makeup');
    const off = new Set(holidays);
    need(makeups.every((day) => !off.has(day)), 'calendar.both');
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
    need(Number.isInteger(n) && n >= 1 && n <= DAYS_MAX, 'calendar.count', { n });
    let day = start, provisional = false;
    for (let left = n; left > 0;) {
        day++;
        if (day < calendar.from || day > calendar.to) provisional = true;
        if (isWorked(calendar, day)) left--;
    }
    return { day, provisional };
}
