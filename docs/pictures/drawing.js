/* What the pictures share: elements, numbers in words, controls. */

const SVG = "http://www.w3.org/2000/svg";

/** Set attributes; null and false remove one, a function listens: {onclick: go}. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

const made = (element, attributes, children) => {
  set(element, attributes).append(...children);
  return element;
};

/** An element of a page with attributes and children. */
export const html = (name, attributes = {}, ...children) =>
  made(document.createElement(name), attributes, children);

/** An element of a drawing with attributes and children. */
export const svg = (name, attributes = {}, ...children) =>
  made(document.createElementNS(SVG, name), attributes, children);

/** A word in a drawing; `middle` of the letters lies at y. */
export const word = (x, y, text, attributes = {}) =>
  svg("text", { x, y, "dominant-baseline": "central", ...attributes }, text);

/** A number as people write it: few digits, a true minus, no minus before 0. */
export function number(value, digits = 2) {
  const rounded = Number(value.toFixed(digits));
  return String(rounded === 0 ? 0 : rounded).replace("-", "−");
}

const direction = ([x0, y0], [x1, y1]) => {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  return [(x1 - x0) / length, (y1 - y0) / length];
};

/** The point `far` away from one point in the direction of another. */
export const towards = (from, to, far) => {
  const [dx, dy] = direction(from, to);
  return [from[0] + far * dx, from[1] + far * dy];
};

/** A line with a head at its end, moved to its left by `aside`, and bent if it is drawn to `via`. */
export function arrow(from, to, { aside = 0, head = 7, via = null, ...attributes } = {}) {
  const [along, down] = direction(from, to);
  const moved = ([x, y]) => [x + aside * down, y - aside * along];
  const start = moved(from), tip = moved(to), bend = via && moved(via);
  const neck = towards(tip, bend ?? start, head / 2), base = towards(tip, bend ?? start, head);
  const [dx, dy] = direction(bend ?? start, tip);
  const at = ([x, y], across = 0) =>
    `${(x + across * dy).toFixed(1)} ${(y - across * dx).toFixed(1)}`;
  return svg("g", attributes,
    svg("path", { class: "line", d: `M${at(start)}${bend ? `Q${at(bend)} ` : "L"}${at(neck)}` }),
    svg("path", { class: "head", d: `M${at(tip)}L${at(base, head / 2)}L${at(base, -head / 2)}Z` }));
}

/** A choice of one of several, with a label; `choose` receives what was chosen. */
export function choice(label, options, chosen, choose) {
  const select = html("select", { onchange: () => choose(select.value) },
    ...options.map((name) => html("option", { value: name, selected: name === chosen }, name)));
  return html("label", {}, html("b", {}, label), select);
}

let groups = 0;

/** A row of radio buttons; `options` are values and their labels. */
export function radios(legend, options, chosen, choose) {
  const name = `picture-group-${groups += 1}`;
  const buttons = Object.entries(options).map(([value, label]) => html("label", {},
    html("input", { type: "radio", name, value, checked: value === String(chosen),
      onchange: () => choose(value) }), label));
  return html("fieldset", {}, html("legend", {}, legend), ...buttons);
}

/** A slider with its name before it and its number behind it. */
export function slider(label, { min, max, step, value }, move) {
  // No <output>: every change of it would be read aloud, after the slider's own.
  const shown = html("span", {}, number(value));
  const input = html("input", { type: "range", "aria-label": label, min, max, step, value, oninput: () => {
    shown.textContent = number(Number(input.value));
    move(Number(input.value));
  } });
  return html("label", { class: "slider" }, html("b", {}, label), input, shown);
}

export const button = (label, press) => html("button", { type: "button", onclick: press }, label);

/** The arrow keys as steps down and to the right, or undefined for any other key. */
export const stepOf = (key) =>
  ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] })[key];

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
