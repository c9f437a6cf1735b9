/* A window slides over a digit that one can draw: the gather forward, the scatter backward. */

import { button, choice, clamp, html, number, radios, set, stepOf, svg, word } from "./drawing.js";
import { backward, forward, outputSize, padded, windowAt, zeros } from "./windows.js";

const SIZE = 12;
const SEVEN = [
  "............", "............", "..########..", "..########..", "........##..", ".......##...",
  "......##....", "......##....", ".....##.....", ".....##.....", ".....##.....", "............",
].map((row) => [...row].map((mark) => Number(mark === "#")));
const KERNELS = {
  "darker to the right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
  "darker downwards": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
  "1 to 9": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
};
const K = 3;
const SIDE = 288, TOP = 26, LARGEST = 48;

const copy = (rows) => rows.map((row) => [...row]);
const short = (value) => Number(value.toFixed(2));
const sum = (rows) => rows.flat().reduce((total, value) => total + value, 0);

/** A table of numbers whose cells are drawn once and filled again and again. */
function table(x, y, cell, rows, columns) {
  const cells = [], group = svg("g", { transform: `translate(${x} ${y})` });
  const [width, height] = [columns * cell, rows * cell];
  group.append(svg("rect", { class: "paper", width, height }));
  for (let r = 0; r < rows; r += 1) {
    for (let q = 0; q < columns; q += 1) {
      const colour = svg("rect", { x: short(q * cell), y: short(r * cell),
        width: short(cell), height: short(cell) });
      const text = word(short((q + 0.5) * cell), short((r + 0.5) * cell), "", { class: "entry" });
      group.append(colour, text);
      cells.push([colour, text]);
    }
  }
  const line = (k, path) => Array.from({ length: k + 1 }, (_, n) => path(short(n * cell))).join("");
  group.append(svg("path", { class: "grid",
    d: line(columns, (at) => `M${at} 0V${height}`) + line(rows, (at) => `M0 ${at}H${width}`) }));
  set(group, { "font-size": short(Math.min(16, 0.6 * cell)) });
  /* paint(r, q) says what is in a cell: its value; what kind of number that is; the largest of its
     kind, where the colour is deepest; and what is written for 0. */
  const fill = (paint) => cells.forEach(([colour, text], k) => {
    const { value, kind = "signed", largest = 1, blank = "" } = paint(Math.floor(k / columns), k % columns);
    const deep = { ink: value, pixel: 0.2 * value }[kind] ?? 0.6 * Math.sqrt(Math.abs(value) / largest);
    set(colour, { class: kind !== "signed" ? "ink" : value > 0 ? "positive" : "negative",
      "fill-opacity": short(deep) });
    text.textContent = kind === "ink" ? "" : value === 0 ? blank : number(value);
  });
  return { group, fill, cell };
}

/** A frame that is seen on ink, on paper, and on colours. */
const frame = (side) => svg("g", {}, ...["halo", "window"].map((kind) =>
  svg("rect", { class: kind, width: short(side), height: short(side) })));

/** Where the pointer is in a table, as row and column. */
function placeOf(event, drawn, { cell }, [left, top]) {
  const box = drawn.getBoundingClientRect(), scale = (SIDE + 2) / box.width;
  return [((event.clientY - box.top) * scale - top) / cell,
    ((event.clientX - box.left) * scale - left) / cell].map(Math.floor);
}

export default function build() {
  const state = { x: copy(SEVEN), back: false, kernel: "darker to the right", stride: 1, pad: 0,
    u: 3, v: 5, pencil: [0, 0], dout: zeros(10, 10), timer: 0 };
  state.dout[3][5] = 1;
  let OH, OW, image, map, marks;

  const attributes = { viewBox: `0 0 ${SIDE + 2} ${SIDE + TOP + 2}`, tabindex: 0, role: "application" };
  const imageDrawing = svg("svg", { ...attributes, class: "image" });
  const mapDrawing = svg("svg", { ...attributes, class: "map" });
  const sums = svg("svg", { viewBox: "0 0 400 128", class: "sums", "aria-hidden": true });
  const told = html("p", { role: "status" });
  const play = button("Slide", () => (state.timer ? stop() : start()));
  const tools = html("span", { class: "tools" });

  /* The drawing anew: sizes have changed. */
  function lay() {
    OH = OW = outputSize(SIZE, K, state.stride, state.pad);
    const wide = SIZE + 2 * state.pad, cell = SIDE / wide;
    image = table(1, TOP, cell, wide, wide);
    map = table(1, TOP, Math.min(SIDE / OH, LARGEST), OH, OW);
    const inner = { x: 1 + state.pad * cell, y: TOP + state.pad * cell,
      width: SIZE * cell, height: SIZE * cell };
    marks = { window: frame(K * cell), output: frame(map.cell),
      pencil: svg("rect", { class: "pencil", width: cell, height: cell }) };
    const name = state.back ? "dx" : "x", size = `${SIZE} × ${SIZE}`;
    imageDrawing.replaceChildren(
      word(1, 12, `${name}, ${size}${state.pad ? `, in its frame of ${state.pad}` : ""}`),
      image.group, ...(state.pad ? [svg("rect", { ...inner, class: "edge" })] : []), marks.window,
      ...(state.back ? [] : [marks.pencil]));
    mapDrawing.replaceChildren(word(1, 12, `${state.back ? "dout" : "out"}, ${OH} × ${OW}`),
      map.group, marks.output);
    set(imageDrawing, { tabindex: state.back ? null : 0, role: state.back ? "img" : "application",
      "aria-label": state.back ? `dx, the gradient of the image, ${size}`
        : `Image x, ${size} pixels. Arrow keys move the pencil, the space bar draws and rubs out.` });
    set(mapDrawing, { "aria-label": state.back
      ? `Upstream gradient dout, ${OH} × ${OW}. Arrow keys move the window, the space bar sets the entry to 1 or 0.`
      : `Outputs out, ${OH} × ${OW}. Arrow keys move the window.` });
    tools.replaceChildren(...(state.back
      ? [button("dout all 0", () => fillDout(0)), button("dout all 1", () => fillDout(1))]
      : [button("Empty paper", () => drawAll(zeros(SIZE, SIZE))), button("The 7", () => drawAll(SEVEN))]));
    show();
  }

  function show() {
    const { stride, pad, u, v } = state, w = KERNELS[state.kernel];
    const largest = Math.max(sum(w.map((row) => row.map((value) => Math.max(value, 0)))), 1);
    const [top, left] = [stride * u, stride * v];
    const rows = `rows ${top} to ${top + K - 1}, columns ${left} to ${left + K - 1}`;
    const where = `${rows}${pad ? " of the padded image" : ""}`;
    if (state.back) {
      const { dwide, reached } = backward(state.dout, w, SIZE, SIZE, stride, pad);
      image.fill((r, q) => ({ value: dwide[r][q], largest, blank: reached[r][q] ? "0" : "" }));
      map.fill((r, q) => ({ value: state.dout[r][q], largest: 4, blank: "0" }));
      const shared = reached.flat().filter((times) => times > 1).length;
      const up = state.dout[u][v];
      told.textContent = `dout[${u}, ${v}] = ${up} adds ${up ? "its share" : "nothing"} at ${where}. `
        + `${{ 0: "No pixel has", 1: "1 pixel has" }[shared] ?? `${shared} pixels have`} received more than one share.`;
      calculate([["dout", [[up]]], ["w", w], ["share", w.map((row) => row.map((k) => up * k))]],
        largest, "is added to dx");
    } else {
      const wide = padded(state.x, pad), out = forward(state.x, w, stride, pad);
      const seen = windowAt(state.x, w, u, v, stride, pad);
      image.fill((r, q) => ({ value: wide[r][q], kind: "ink" }));
      map.fill((r, q) => ({ value: out[r][q], largest, blank: "0" }));
      told.textContent = `out[${u}, ${v}] = ${number(out[u][v])}: the window at ${where}, times the kernel, summed.`;
      calculate([["window", seen, "pixel"], ["w", w],
        ["products", seen.map((row, i) => row.map((value, j) => value * w[i][j]))]],
      largest, `sum ${number(out[u][v])}`);
    }
    const to = (x, y) => ({ transform: `translate(${short(1 + x)} ${short(TOP + y)})` });
    set(marks.window, to(left * image.cell, top * image.cell));
    set(marks.output, to(v * map.cell, u * map.cell));
    set(marks.pencil, to(...state.pencil.map((k) => (k + pad) * image.cell).reverse()));
  }

  /* One window in small: a table times a table is a table, and what becomes of it. */
  function calculate(tables, largest, end) {
    let x = 1;
    const drawn = tables.flatMap(([title, numbers, kind], k) => {
      const [rows, columns] = [numbers.length, numbers[0].length];
      const sign = k ? [word((x += 24) - 12, 77, "×="[k - 1], { class: "sign" })] : [];
      const shown = table(x, 77 - 15 * rows, 30, rows, columns);
      shown.fill((r, q) => ({ value: numbers[r][q], kind, largest, blank: "0" }));
      const name = word(x, 62 - 15 * rows, title);
      x += 30 * columns;
      return [...sign, shown.group, name];
    });
    sums.replaceChildren(...drawn, word(x + 10, 77, `→ ${end}`));
  }

  function go(u, v) {
    if (u < 0 || v < 0 || u >= OH || v >= OW) return;
    [state.u, state.v] = [u, v];
    show();
  }
  function toggle() {
    state.dout[state.u][state.v] = 1 - state.dout[state.u][state.v];
    show();
  }
  function fillDout(value) {
    state.dout = zeros(OH, OW).map((row) => row.fill(value));
    show();
  }
  function drawAll(rows) {
    state.x = copy(rows);
    show();
  }
  function change(changed) {
    stop();
    Object.assign(state, changed);
    const size = outputSize(SIZE, K, state.stride, state.pad);
    [state.u, state.v] = [state.u, state.v].map((k) => Math.min(k, size - 1));
    if (size !== OH) {
      const all = Number(state.dout.flat().every(Boolean));
      state.dout = zeros(size, size).map((row) => row.fill(all));
      state.dout[state.u][state.v] = 1;
    }
    lay();
  }

  function start() {
    play.textContent = "Stop";
    set(told, { "aria-live": "off" });  // a reader of screens could not keep up
    go(0, 0);
    if (state.back) fillDout(0);
    const step = () => {
      if (!play.isConnected) return stop();
      if (state.back) state.dout[state.u][state.v] = 1;
      show();
      const next = state.u * OW + state.v + 1;
      if (next === OH * OW) return stop();
      state.timer = setTimeout(() => { go(Math.floor(next / OW), next % OW); step(); }, 160);
    };
    step();
  }
  function stop() {
    clearTimeout(state.timer);
    state.timer = 0;
    set(told, { "aria-live": null });
    play.textContent = "Slide";
  }

  /* Pointer and keys. */
  let ink = 0;
  function draw(event) {
    const [r, q] = placeOf(event, imageDrawing, image, [1, TOP]).map((k) => k - state.pad);
    if (r < 0 || q < 0 || r >= SIZE || q >= SIZE) return;
    if (event.type === "pointerdown") ink = 1 - state.x[r][q];
    state.pencil = [r, q];
    state.x[r][q] = ink;
    show();
  }
  function slide(event) {
    stop();
    const [u, v] = placeOf(event, mapDrawing, map, [1, TOP]);
    go(u, v);
    if (state.back && event.type === "pointerdown" && u === state.u && v === state.v) toggle();
  }
  const drag = (drawing, act) => set(drawing, {
    onpointerdown: (event) => { drawing.setPointerCapture(event.pointerId); act(event); },
    onpointermove: (event) => { if (drawing.hasPointerCapture(event.pointerId)) act(event); },
  });
  drag(imageDrawing, (event) => { if (!state.back) draw(event); });
  drag(mapDrawing, slide);
  set(imageDrawing, { onkeydown: (event) => {
    const by = stepOf(event.key);
    if (state.back || !(by || event.key === " ")) return;
    event.preventDefault();
    const [r, q] = state.pencil = state.pencil.map((k, axis) => clamp(k + (by?.[axis] ?? 0), 0, SIZE - 1));
    if (!by) state.x[r][q] = 1 - state.x[r][q];
    show();
    told.textContent = `Pixel x[${r}, ${q}] is ${state.x[r][q] ? "ink" : "paper"}.`;
  } });
  set(mapDrawing, { onkeydown: (event) => {
    const by = stepOf(event.key);
    if (!by && !(state.back && event.key === " ")) return;
    event.preventDefault();
    stop();
    if (by) go(state.u + by[0], state.v + by[1]);
    else toggle();
  } });

  lay();
  return html("div", { class: "picture-live" },
    html("div", { class: "controls" },
      radios("pass", { forward: "forward: gather", backward: "backward: scatter" }, "forward",
        (way) => change({ back: way === "backward" })),
      choice("kernel w", Object.keys(KERNELS), state.kernel, (kernel) => change({ kernel })),
      radios("stride", { 1: "1", 2: "2", 3: "3" }, 1, (stride) => change({ stride: Number(stride) })),
      radios("pad", { 0: "0", 1: "1", 2: "2" }, 0, (pad) => change({ pad: Number(pad) }))),
    html("div", { class: "panels" }, imageDrawing, mapDrawing, sums),
    told,
    html("div", { class: "controls" }, play, tools));
}
