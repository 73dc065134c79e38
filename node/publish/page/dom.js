// Elements, always from text: nothing that was read becomes markup.

export function element(tag, cls, ...children) {
    const made = document.createElement(tag);
    if (cls) made.className = cls;
    for (const child of children) {
        if (child !== undefined) made.append(child);
    }
    return made;
}

export function empty(node) {
    while (node.firstChild) node.removeChild(node.firstChild);
    return node;
}

export function button(text, act) {
    const made = element('button', 'button', text);
    made.type = 'button';
    made.addEventListener('click', act);
    return made;
}
