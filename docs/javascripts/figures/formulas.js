// The arithmetic of the interactive figures, and nothing else: pure functions of numbers and arrays, no page.
// tests/hooks/test_figure_formulas.py runs this file in QuickJS and compares it with the Python reference.

export const dot = (a, b) => a.reduce((total, value, i) => total + value * b[i], 0);
export const norm = (a) => Math.hypot(...a);

// ---- the projection: one position, a vector with one element for each channel

// L2Norm (add_inside) and its gradient; and what Caffe's layer returns, which takes gamma out of the inner product.
export function l2norm(x, gamma, dy, eps) {
  const d = Math.sqrt(dot(x, x) + eps);
  const xhat = x.map((v) => v / d);
  const h = dy.map((v, i) => gamma[i] * v);
  const [along, caffeAlong] = [dot(xhat, h), dot(xhat, dy)];
  const y = xhat.map((v, i) => gamma[i] * v);
  const dx = h.map((v, i) => (v - xhat[i] * along) / d);
  const caffe = dy.map((v, i) => (gamma[i] * (v - xhat[i] * caffeAlong)) / d);
  return { d, xhat, h, y, dx, caffe };
}

// Degrees between v and the tangent of the circle through x, 0 to 90; 0 for a vector without direction.
export function offTangent(v, x) {
  const size = norm(v) * norm(x);
  return size === 0 ? 0 : (Math.asin(Math.min(1, Math.abs(dot(v, x)) / size)) * 180) / Math.PI;
}

// ---- the block: which numbers of an (N, C, H, W) array share one statistic

export const SIZES = { N: 2, C: 6, H: 4, W: 4 };
const GROUPS = 2; // of GroupNorm

// Name, the axes that are added up ("G": the channels of one group, "": nothing is), and what comes out, one and many.
const LENGTH = ["length", "lengths"];
const MEAN = ["mean and variance", "means and variances"];
export const LAYERS = [
  ["L2Norm, per position (across_spatial: false)", "C", LENGTH],
  ["L2Norm, per sample (across_spatial: true)", "CHW", LENGTH],
  ["BatchNorm, in training", "NHW", MEAN],
  ["BatchNorm, stored statistics", "", []],
  ["LayerNorm, per position", "C", MEAN],
  ["LayerNorm, per sample", "CHW", MEAN],
  ["InstanceNorm", "HW", MEAN],
  ["GroupNorm, 2 groups", "GHW", MEAN],
  ["RMSNorm", "C", ["mean square", "mean squares"]],
].map(([name, over, [one, many]]) => ({ name, over, one, many }));

export function sharesStatistic({ over }, a, b) {
  const kept = (cell, axis) => (axis === "C" && over.includes("G") ? Math.floor((cell.C * GROUPS) / SIZES.C) : cell[axis]);
  return Object.keys(SIZES).every((axis) => over.includes(axis) || kept(a, axis) === kept(b, axis));
}

// How many numbers share a statistic, how many statistics there are, and the [axis, size] whose product that is.
export function count({ over }) {
  const kept = Object.entries(SIZES)
    .filter(([axis]) => !over.includes(axis))
    .map(([axis, size]) => (axis === "C" && over.includes("G") ? ["G", GROUPS] : [axis, size]));
  const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
  const statistics = product(kept.map(([, size]) => size));
  return { share: product(Object.values(SIZES)) / statistics, statistics, kept };
}

// ---- epsilon: one channel, so that x is a number; y = x / d

export const MODES = ["add_inside", "add_outside", "clamp_norm", "clamp_sum", "none"];

export function denominator(mode, x, eps) {
  const [s, n] = [x * x, Math.abs(x)];
  if (mode === "add_inside") return Math.sqrt(s + eps);
  if (mode === "add_outside") return n + eps;
  if (mode === "clamp_norm") return Math.max(n, eps);
  if (mode === "clamp_sum") return Math.sqrt(Math.max(s, eps));
  return n;
}

export function value(mode, x, eps) {
  const d = denominator(mode, x, eps);
  return d === 0 ? 0 : x / d; // 0/0 is 0, as ONNX defines it
}

// dy/dx.  For one channel 1/d - x**2 * k cancels almost completely; these are the same without the subtraction.
// At the tie of a clamp the open side counts, and at 0 without eps the slope is 0: agreements, no derivative exists.
export function slope(mode, x, eps) {
  const d = denominator(mode, x, eps);
  if (d === 0 || mode === "none") return 0;
  if (mode === "add_inside") return eps / d / d / d;
  if (mode === "add_outside") return eps / d / d;
  const open = mode === "clamp_norm" ? Math.abs(x) >= eps : x * x >= eps;
  return open ? 0 : 1 / d;
}
