// Small things that every part of the page needs.

export const $ = (id) => document.getElementById(id);

/** An element: its attributes, then its children, which are elements or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets the text where it is another one: what is being read or selected is not disturbed. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows the text, or hides the element where there is none. */
export function setNotice(element, text, bad = false) {
  setText(element, text);
  element.classList.toggle('bad', bad);
  element.hidden = text === '';
}

/** Terms and what they are; `facts` is a list of [term, text]. */
export function setFacts(list, facts) {
  const terms = facts.map(([term]) => term).join('\n');
  if (list.dataset.terms !== terms) {
    list.dataset.terms = terms;
    list.replaceChildren(...facts.map(([term]) => make('div', {}, make('dt', {}, term), make('dd'))));
  }
  facts.forEach(([, text], index) => setText(list.children[index].lastChild, text));
}

const waiting = [];

/** Tells people who do not see the page what has changed. */
export function announce(text) {
  waiting.push(text);
  if (waiting.length === 1) queueMicrotask(() => { $('news').textContent = waiting.splice(0).join('. '); });
}
