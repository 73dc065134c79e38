// What a person may do is said by the office: lines of duty.def and kinds of record in the session, roles with each command. Pages ask
// here alone and offer nothing else; the functions that do it ask again (web-9).
// Without a line nobody has told what a person may do: nothing is offered.
export const may = (me, ...duties) => duties.some((d) => (me.duties || []).includes(d));
export const mayRun = (me, command) => !!command && (!command.roles.length || command.roles.some((r) => me.roles.includes(r)));
export const mayWrite = (me, kind) => (me.writes || []).includes(kind);
