/* The arithmetic of the two losses, for one sample: scores s, true class y. */

/** By how much each class breaks the rule; for the true class itself 0. */
export const margins = (s, y) => s.map((score, j) => (j === y ? 0 : score - s[y] + 1));

/** The hinge loss of chapter 05 and its gradient; at the kink the slope is 0. */
export function hinge(s, y) {
  const m = margins(s, y);
  const dx = m.map((margin) => (margin > 0 ? 1 : 0));
  dx[y] = -m.filter((margin) => margin > 0).length;
  return { loss: m.reduce((sum, margin) => sum + Math.max(0, margin), 0), dx };
}

/** The softmax loss of chapter 06, its gradient, and the probabilities. */
export function softmax(s, y) {
  const highest = Math.max(...s);
  const e = s.map((score) => Math.exp(score - highest));
  const sum = e.reduce((total, term) => total + term, 0);
  const p = e.map((term) => term / sum);
  return { loss: Math.log(sum) - (s[y] - highest), p, dx: p.map((q, j) => q - (j === y ? 1 : 0)) };
}
