/* The arithmetic of the sliding window: one image, one channel, one filter, no bias.

Arrays are lists of rows. Names and indices are those of chapter 07. */

export const zeros = (rows, columns) => Array.from({ length: rows }, () => Array(columns).fill(0));

/** How many windows fit along one side. */
export const outputSize = (size, kernel, stride, pad) =>
  1 + Math.floor((size + 2 * pad - kernel) / stride);

/** The image with its frame of zeros. */
export function padded(x, pad) {
  const wide = zeros(x.length + 2 * pad, x[0].length + 2 * pad);
  x.forEach((row, r) => row.forEach((value, q) => { wide[r + pad][q + pad] = value; }));
  return wide;
}

/** What the window of output (u, v) reads. */
export const windowAt = (x, w, u, v, stride, pad) => {
  const wide = padded(x, pad);
  return w.map((row, i) => row.map((_, j) => wide[stride * u + i][stride * v + j]));
};

/** Forward, a gather: every output is the sum of its window times the kernel. */
export function forward(x, w, stride, pad) {
  const wide = padded(x, pad);
  const out = zeros(outputSize(x.length, w.length, stride, pad),
    outputSize(x[0].length, w[0].length, stride, pad));
  return out.map((row, u) => row.map((_, v) => {
    let sum = 0;
    w.forEach((weights, i) => weights.forEach((weight, j) => {
      sum += wide[stride * u + i][stride * v + j] * weight;
    }));
    return sum;
  }));
}

/** Backward, a scatter-add: every entry of dout adds its share into its window.

Returns the gradient of the image with its frame, and how many entries other than 0 have reached
each pixel. The frame is cut off at the end. */
export function backward(dout, w, height, width, stride, pad) {
  const dwide = zeros(height + 2 * pad, width + 2 * pad);
  const reached = zeros(height + 2 * pad, width + 2 * pad);
  dout.forEach((row, u) => row.forEach((upstream, v) => {
    if (upstream === 0) return;
    w.forEach((weights, i) => weights.forEach((weight, j) => {
      dwide[stride * u + i][stride * v + j] += upstream * weight;
      reached[stride * u + i][stride * v + j] += 1;
    }));
  }));
  const dx = dwide.slice(pad, pad + height).map((row) => row.slice(pad, pad + width));
  return { dx, dwide, reached };
}
