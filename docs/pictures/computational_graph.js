/* A computational graph whose edges show values and gradients as its numbers are changed. */

import { arrow, choice, html, number, set, slider, svg, towards, word } from "./drawing.js";
import { runBackward, runForward } from "./engine.js";

/* `places` of inputs, nodes, forks and the output; a node lies under the name of its result. */
const GRAPHS = {
  "z = (x + y) · t": {
    inputs: { x: 2, y: 3, t: 4 },
    steps: [["q", "add", ["x", "y"]], ["z", "mul", ["q", "t"]]],
    places: { x: [14, 40], y: [14, 180], t: [145, 220], q: [125, 110], z: [275, 140] },
    forks: {}, end: [392, 140],
  },
  "out = (x + y) · x": {
    inputs: { x: 3, y: 2 },
    steps: [["q", "add", ["x", "y"]], ["out", "mul", ["q", "x"]]],
    places: { x: [14, 60], y: [14, 210], q: [160, 180], out: [285, 85] },
    forks: { x: [90, 60] }, end: [385, 85],
  },
  "out = x · x": {
    inputs: { x: 3 },
    steps: [["out", "mul", ["x", "x"]]],
    places: { x: [14, 130], out: [255, 130] },
    forks: { x: [110, 130] }, bend: 50, end: [385, 130],
  },
  "z = max(x, y) · t": {
    inputs: { x: 2, y: 3, t: 4 },
    steps: [["q", "max", ["x", "y"]], ["z", "mul", ["q", "t"]]],
    places: { x: [14, 40], y: [14, 180], t: [145, 220], q: [125, 110], z: [275, 140] },
    forks: {}, end: [392, 140],
  },
};
const SIGNS = { add: "+", mul: "×", max: "max" };
const NODE = 19, FORK = 6, LETTER = 12;

/** What a node sends back, in words. */
function sentence([name, kind, from], values, gradients, parts) {
  const up = number(gradients[name]), sent = parts[name].map((part) => number(part));
  if (kind === "mul") {
    const [a, b] = from;
    return `× sends d${name} · ${b} = ${up} · ${number(values[b])} = ${sent[0]} to ${a}`
      + ` and d${name} · ${a} = ${up} · ${number(values[a])} = ${sent[1]} to ${b}`;
  }
  if (kind === "add") return `+ sends d${name} = ${up} to ${from[0]} and to ${from[1]}`;
  const [first, second] = values[from[0]] >= values[from[1]] ? from : [...from].reverse();
  return `max: ${first} counts, so d${name} = ${up} goes to ${first}, and 0 to ${second}`;
}

/** The walk from right to left: what each node sends back, and what adds up at a fork. */
function walk({ steps, forks }, values, { gradients, parts }) {
  const sentences = [...steps].reverse().map((step) => sentence(step, values, gradients, parts));
  for (const name of Object.keys(forks)) {
    const uses = steps.flatMap(([result, , from]) =>
      from.map((other, place) => [other, number(parts[result][place])]))
      .filter(([other]) => other === name).map(([, part]) => part).reverse();
    sentences.push(`${name} is used twice: d${name} = ${uses.join(" + ").replace("+ −", "− ")}`
      + ` = ${number(gradients[name])}`);
  }
  return sentences;
}

/** Every edge: where it begins and ends, its value, its gradient. */
function edgesOf({ steps, places, forks, end, bend = 0 }, values, { gradients, parts }) {
  const output = steps.at(-1)[0];
  const edges = Object.entries(forks).map(([name, fork]) =>
    ({ from: places[name], to: fork, gaps: [LETTER, FORK], value: values[name], gradient: gradients[name] }));
  for (const [result, , inputs] of steps) {
    inputs.forEach((name, place) => edges.push({
      from: forks[name] ?? places[name], to: places[result],
      gaps: [name in forks ? FORK : steps.some(([other]) => other === name) ? NODE : LETTER, NODE],
      value: values[name], gradient: parts[result][place], bend: place ? bend : -bend,
      name: steps.some(([other]) => other === name) ? name : "",
    }));
  }
  return [...edges, { from: places[output], to: end, gaps: [NODE, LETTER + 4],
    value: values[output], gradient: gradients[output] }];
}

/** An edge: the value above, flowing right; below it the gradient, flowing left. */
function draw({ from, to, gaps, value, gradient, bend = 0, name = "" }) {
  const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2 + bend];
  const via = bend ? [x, y + bend] : null;
  const start = towards(from, via ?? to, gaps[0]), stop = towards(to, via ?? from, gaps[1]);
  const far = bend ? 20 : 15;
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const write = (side, kind, text) => word(x + side * far * dy, y - side * far * dx, text,
    { class: kind, "text-anchor": Math.abs(dy) < 0.35 ? "middle" : side * dy > 0 ? "start" : "end" });
  return [arrow(start, stop, { aside: 3, via, class: "value" }),
    arrow(stop, start, { aside: 3, via, class: "gradient" }),
    write(1, "value", `${name && `${name} = `}${number(value)}`), write(-1, "gradient", number(gradient))];
}

export default function build() {
  let graph, inputs, upstream;
  const drawing = svg("svg", { class: "graph", "aria-hidden": true });
  const sliders = html("div", { class: "controls" });
  const steps = html("ol", { class: "walk" });
  const told = html("p", { role: "status" });

  function show() {
    const values = runForward(graph.steps, inputs);
    const back = runBackward(graph.steps, values, upstream);
    const output = graph.steps.at(-1)[0];
    const heights = [...Object.values(graph.places), graph.end].map(([, y]) => y);
    const room = 35 + (graph.bend ?? 0);
    const [top, bottom] = [Math.min(...heights) - room, Math.max(...heights) + room + 15];
    set(drawing, { viewBox: `0 ${top} 410 ${bottom - top}` });
    drawing.replaceChildren(
      ...edgesOf(graph, values, back).flatMap(draw),
      ...Object.values(graph.forks).map(([cx, cy]) => svg("circle", { cx, cy, r: FORK, class: "fork" })),
      ...graph.steps.flatMap(([name, kind]) => {
        const [cx, cy] = graph.places[name];
        return [svg("circle", { cx, cy, r: NODE, class: "node" }),
          word(cx, cy, SIGNS[kind], { class: kind === "max" ? "sign small" : "sign" })];
      }),
      ...Object.keys(inputs).map((name) => word(...graph.places[name], name, { class: "name" })),
      word(...graph.end, output, { class: "name" }),
      word(300, bottom - 10, "values →", { class: "value" }), word(8, bottom - 10, "← gradients", { class: "gradient" }));
    steps.replaceChildren(...walk(graph, values, back).map((text) => html("li", {}, text)));
    told.textContent = `${output} = ${number(values[output])}; ${Object.keys(inputs)
      .map((name) => `d${name} = ${number(back.gradients[name])}`).join(", ")}.`;
  }

  function choose(name) {
    graph = GRAPHS[name];
    inputs = { ...graph.inputs };
    upstream = 1;
    const output = graph.steps.at(-1)[0];
    const all = { min: -5, max: 5, step: 0.5 };
    sliders.replaceChildren(
      ...Object.keys(inputs).map((input) => slider(input, { ...all, value: inputs[input] },
        (value) => { inputs[input] = value; show(); })),
      slider(`d${output}`, { ...all, value: upstream }, (value) => { upstream = value; show(); }));
    show();
  }

  const names = Object.keys(GRAPHS);
  choose(names[1]);
  return html("div", { class: "picture-live" },
    html("div", { class: "controls" }, choice("formula", names, names[1], choose)),
    html("div", { class: "panels" }, drawing), sliders, told, steps);
}
