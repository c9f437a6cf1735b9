/* The scores of four classes are dragged: hinge loss and softmax loss, and their gradients. */

import { arrow, clamp, html, number, radios, set, svg, word } from "./drawing.js";
import { hinge, margins, softmax } from "./losses.js";

const CLASSES = 4;
const LOW = -3, HIGH = 6, STEP = 0.25;  // a quarter is exact in binary: margins can be exactly 0
const LEFT = 62, RIGHT = 390, ROW = 44, TOP = 26, PLOT = 120;
const AXIS = TOP + CLASSES * ROW, BASE = AXIS + 36 + PLOT;
const ALL = Array.from({ length: CLASSES }, (_, j) => j);

const across = (score) => LEFT + ((score - LOW) / (HIGH - LOW)) * (RIGHT - LEFT);
const scoreAt = (x) => LOW + ((x - LEFT) / (RIGHT - LEFT)) * (HIGH - LOW);
const rowOf = (j) => TOP + (j + 0.5) * ROW;
const snap = (score) => clamp(Math.round(score / STEP) * STEP, LOW, HIGH);

export default function build({ show: only = "both" } = {}) {
  const both = only === "both";
  const losses = both ? { hinge, softmax } : { hinge };
  const state = { s: [3, 1, 2.5, 0], y: 0, moved: 2 };

  const behind = svg("g", { "aria-hidden": true });
  const above = svg("g", { "aria-hidden": true, "pointer-events": "none" });
  const drawing = svg("svg", { viewBox: `0 0 400 ${BASE + 40}`, class: "scores" });
  const told = html("p", { role: "status" });
  const table = html("table");
  const knobs = ALL.map((j) => svg("g", { class: "knob", tabindex: 0, role: "slider",
    "aria-label": `score of class ${j}`, "aria-valuemin": LOW, "aria-valuemax": HIGH },
  svg("circle", { r: 18, class: "reach" }), svg("circle", { r: 8, class: "dot" })));

  function show() {
    const { s, y, moved } = state, edge = s[y] - 1;
    const found = Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, loss(s, y)]));
    const start = clamp(across(edge), LEFT, RIGHT);
    behind.replaceChildren(
      svg("rect", { class: "near", x: start, y: TOP, width: RIGHT - start, height: AXIS - TOP }),
      word(clamp(start + 4, LEFT, RIGHT - 120), TOP - 10, "too near: it costs", { class: "small hinge" }),
      svg("path", { class: "axis", d: `M${LEFT} ${AXIS}H${RIGHT}` }),
      ...[-2, 0, 2, 4, 6].map((tick) => word(across(tick), AXIS + 12, number(tick), { class: "small tick" })),
      word(6, AXIS + 12, "score", { class: "small" }),
      ...ALL.flatMap((j) => [
        svg("path", { class: "axis thin", d: `M${LEFT} ${rowOf(j)}H${RIGHT}` }),
        word(6, rowOf(j) - (j === y ? 7 : 0), `class ${j}`),
        ...(j === y ? [word(6, rowOf(j) + 9, "true", { class: "small" })] : []),
        ...(j !== y && s[j] > edge ? [svg("rect", { class: "margin", x: start, y: rowOf(j) - 4,
          width: across(s[j]) - start, height: 8 })] : [])]),
      ...plot(found));
    above.replaceChildren(...ALL.flatMap((j) => Object.keys(found).flatMap((name) => {
      const pull = -found[name].dx[j] * 30;
      const level = rowOf(j) + (name === "hinge" ? -14 : 14);
      return Math.abs(pull) < 0.5 ? []
        : [arrow([across(s[j]), level], [across(s[j]) + pull, level],
          { class: name, head: Math.min(8, Math.abs(pull)) })];
    })));
    knobs.forEach((knob, j) => set(knob, { transform: `translate(${across(s[j])} ${rowOf(j)})`,
      class: `knob${j === y ? " true" : ""}${j === moved ? " moved" : ""}`,
      "aria-valuenow": s[j], "aria-valuetext": number(s[j]) }));
    tabulate(found);
    told.textContent = `Hinge loss ${number(found.hinge.loss, 3)}`
      + (both ? `, softmax loss ${number(found.softmax.loss, 3)}.` : ".");
  }

  /* The loss, as the score that was moved last runs over the axis and the others stay. */
  function plot(found) {
    const { s, y, moved } = state;
    const scores = Array.from({ length: 145 }, (_, k) => LOW + (k * (HIGH - LOW)) / 144);
    const curves = Object.entries(losses).map(([name, loss]) =>
      [name, scores.map((score) => loss(s.map((old, j) => (j === moved ? score : old)), y).loss)]);
    const highest = Math.max(2, ...curves.flatMap(([, values]) => values));
    const level = (value) => BASE - (value / highest) * PLOT;
    const here = across(s[moved]);
    return [
      svg("path", { class: "axis", d: `M${LEFT} ${BASE - PLOT}V${BASE}H${RIGHT}` }),
      word(LEFT - 6, level(highest), number(highest, 1), { class: "small end-here" }),
      word(LEFT - 6, BASE, "0", { class: "small end-here" }),
      word(6, BASE - PLOT / 2, "loss"),
      word((LEFT + RIGHT) / 2, BASE + 14, `while the score of class ${moved} moves`, { class: "small tick" }),
      svg("path", { class: "axis dotted", d: `M${here} ${rowOf(moved)}V${BASE}` }),
      ...curves.flatMap(([name, values]) => [
        svg("path", { class: `curve ${name}`, d: `M${values.map((value, k) =>
          `${across(scores[k]).toFixed(1)} ${level(value).toFixed(1)}`).join("L")}` }),
        svg("circle", { class: `here ${name}`, cx: here, cy: level(found[name].loss), r: 5 })]),
      ...Object.keys(losses).map((name, k) => word(LEFT + 10 + 90 * k, BASE + 32, `${name === "hinge" ? "—" : "- -"} ${name}`, { class: name })),
      word(RIGHT, BASE + 32, "arrows: a step downhill", { class: "small end-here" }),
    ];
  }

  function tabulate(found) {
    const { s, y } = state, m = margins(s, y);
    const columns = [
      ["score", (j) => number(s[j])],
      ["margin", (j) => (j === y ? "" : number(m[j]))],
      ["hinge dx", (j) => number(found.hinge.dx[j]), found.hinge.dx],
      ...(both ? [["p", (j) => number(found.softmax.p[j], 3), found.softmax.p],
        ["softmax dx", (j) => number(found.softmax.dx[j], 3), found.softmax.dx]] : []),
    ];
    const row = (title, cells) => html("tr", {}, html("th", { scope: "row" }, title),
      ...cells.map((text) => html("td", {}, text)));
    table.replaceChildren(
      html("tr", {}, html("td"), ...columns.map(([title]) => html("th", { scope: "col" }, title))),
      ...ALL.map((j) => row(`class ${j}${j === y ? ", true" : ""}`, columns.map(([, cell]) => cell(j)))),
      row("sum", columns.map(([, , numbers]) =>
        (numbers ? number(numbers.reduce((a, b) => a + b, 0), 3) : ""))));
  }

  function move(j, score) {
    state.s[j] = snap(score);
    state.moved = j;
    show();
  }
  knobs.forEach((knob, j) => {
    let grip = 0;  // where in the knob it was taken
    const scoreOf = (event) => {
      const box = drawing.getBoundingClientRect();
      return scoreAt(((event.clientX - box.left) * 400) / box.width);
    };
    set(knob, {
      onfocus: () => move(j, state.s[j]),
      onpointerdown: (event) => {
        knob.setPointerCapture(event.pointerId);
        grip = state.s[j] - scoreOf(event);
        move(j, state.s[j]);
      },
      onpointermove: (event) => {
        if (knob.hasPointerCapture(event.pointerId)) move(j, scoreOf(event) + grip);
      },
      onkeydown: (event) => {
        const by = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP,
          PageDown: -1, PageUp: 1, Home: LOW - HIGH, End: HIGH - LOW }[event.key];
        if (!by) return;
        event.preventDefault();
        move(j, state.s[j] + by);
      },
    });
  });

  drawing.append(behind, ...knobs, above);
  show();
  return html("div", { class: "picture-live" },
    html("div", { class: "controls" }, radios("true class y", Object.fromEntries(ALL.map((j) => [j, `${j}`])),
      state.y, (y) => { state.y = Number(y); show(); })),
    html("div", { class: "panels" }, drawing),
    told, table);
}
