/* The arithmetic of the computational graph: nodes that know their local slopes, and two walks.

A graph is a list of steps [name, kind, inputs], as in chapter 02. */

export const NODES = {
  add: { forward: (x, y) => x + y, backward: (dout) => [dout, dout] },
  mul: { forward: (x, y) => x * y, backward: (dout, x, y) => [dout * y, dout * x] },
  // At a tie the first input counts as the larger one.
  max: { forward: (x, y) => (x >= y ? x : y),
    backward: (dout, x, y) => (x >= y ? [dout, 0] : [0, dout]) },
};

/** All values of a graph by name: its inputs, and the result of every step. */
export function runForward(steps, inputs) {
  const values = { ...inputs };
  for (const [name, kind, from] of steps) {
    values[name] = NODES[kind].forward(...from.map((other) => values[other]));
  }
  return values;
}

/** The gradients of all values, and of each step what it sends back to its inputs. */
export function runBackward(steps, values, upstream) {
  const gradients = Object.fromEntries(Object.keys(values).map((name) => [name, 0]));
  const parts = {};
  gradients[steps.at(-1)[0]] = upstream;
  for (const [name, kind, from] of [...steps].reverse()) {
    parts[name] = NODES[kind].backward(gradients[name], ...from.map((other) => values[other]));
    from.forEach((other, place) => { gradients[other] += parts[name][place]; });
  }
  return { gradients, parts };
}
