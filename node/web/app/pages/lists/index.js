// What this area adds: nav(me) → [[id, path], …] of the list at the side, page({route, me, commands}) → a page or null.
export const nav = () => [];
export const page = () => null;
