// <epsilon-explorer>: y = x / d and its slope near zero, for the five denominators and any eps.
import { MODES, slope, value } from "./formulas.js";
import { Figure, buttons, clamp, head, knob, onDrag, onKeys, set, short, shown, status } from "./ui.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [58, 490, 20, 310]; // the frame, in a drawing of 500 x 350
const FORMULAS = {
  add_inside: ["√(x² + ε)", "1/√ε = "],
  add_outside: ["|x| + ε", "1/ε = "],
  clamp_norm: ["max(|x|, ε)", "1/ε = "],
  clamp_sum: ["√max(x², ε)", "1/√ε = "],
  none: ["|x|", "none, here "],
};
const FLOOR = -3; // slopes are drawn by their powers of ten; from 0 to 1e-3 in proportion
const START = { eps: 0.1, width: 1, at: 0.25 }; // at: the place of the chosen x, -1 to 1 of the width

const rounded = (number) => Number(number.toPrecision(3)); // so that the number shown is the one computed with

// Where to evaluate: evenly, more and more closely towards 0, and on both sides of a clamp.
function places(width, eps) {
  const right = [eps, Math.sqrt(eps)].flatMap((edge) => [edge * (1 - 1e-12), edge * (1 + 1e-12)]);
  for (let i = 1; i <= 90; i += 1) right.push((width * i) / 90, width * 10 ** (-i / 8));
  return right.filter((x) => x <= width).flatMap((x) => [-x, x]).concat(0).sort((a, b) => a - b);
}

customElements.define("epsilon-explorer", class extends Figure {
  state = { ...START, show: "y" };
  presets = {
    "ε = 0.1": START,
    "ε = 1": { eps: 1, width: 4 },
    "ε = 1e−10, |x| ≤ 1e−4": { eps: 1e-10, width: 1e-4 },
    "ε = 1e−10, |x| ≤ 1e−9": { eps: 1e-10, width: 1e-9 },
  };

  build() {
    const curve = (mode) => `<path class="curve curve-${mode}"/>`;
    const radio = (show, text) => `<label><input type="radio" name="${this.key}" value="${show}">${text}</label>`;
    const slider = (name, label) => `<label><span>${label}</span><input type="range" name="${name}" min="-12" max="1" step="0.25">${shown}</label>`;
    const sample = (mode) => `<svg viewBox="0 0 40 12" aria-hidden="true"><path d="M0 6H40" class="curve curve-${mode}"/></svg>`;
    const row = (mode) => `<tr><th scope="row"><label><input type="checkbox" value="${mode}" checked>${sample(mode)}<code>${mode}</code></label></th>
<td>${FORMULAS[mode][0]}<td><td><td></tr>`;
    return `<div class="play-body"><div class="play-picture">
<svg viewBox="0 0 500 350" role="group" aria-label="Curves of the five denominators near zero"><g class="grid"></g>
<clipPath id="${this.key}"><path d="M${LEFT} ${TOP - 4}H${RIGHT}V${BOTTOM + 4}H${LEFT}Z"/></clipPath>
<g clip-path="url(#${this.key})">${MODES.map(curve).join("")}</g><path class="probe"/><text class="title" x="${LEFT}" y="12"></text>
${knob("probe", "x", 1000)}</svg></div>
<div class="play-panel">${status}<fieldset><legend>Show</legend>${radio("y", "y = x / d")}${radio("slope", "its slope, dy/dx")}</fieldset>
<div class="play-grid">${slider("eps", "ε")}${slider("width", "|x| up to")}</div>${buttons(this.presets)}</div></div>
<table class="play-table play-modes"><caption></caption>${head("curve", "d", "slope at 0", "y at x", "slope at x")}<tbody>${MODES.map(row).join("")}</tbody></table>`;
  }

  wire() {
    const handle = this.one(".play-handle");
    onDrag(handle, (px) => this.moveTo(((px - LEFT) / (RIGHT - LEFT)) * 2 - 1));
    onKeys(handle, (right, up) => this.moveTo(this.state.at + (right + up) / 50), () => this.moveTo(START.at));
    for (const control of this.all("input")) {
      control.addEventListener("input", () => {
        if (control.type === "range") this.update({ [control.name]: rounded(10 ** control.value) });
        if (control.type === "radio") this.update({ show: control.value });
        if (control.type === "checkbox") this.one(`g .curve-${control.value}`).toggleAttribute("hidden", !control.checked);
      });
    }
  }

  moveTo(at) {
    this.update({ at: clamp(Math.round(at * 1000) / 1000, -1, 1) });
  }

  draw() {
    const { eps, width, at, show } = this.state;
    const x = rounded(at * width);
    for (const control of this.all("[type=range]")) {
      const number = this.state[control.name];
      control.value = Math.log10(number);
      control.nextSibling.textContent = short(number);
      set(control, { "aria-valuetext": short(number) });
    }
    this.one(`[value=${show}]`).checked = true;
    this.all(".play-modes tbody tr").forEach(({ cells }, i) => {
      const mode = MODES[i];
      cells[2].textContent = FORMULAS[mode][1] + short(slope(mode, 0, eps));
      cells[3].textContent = short(value(mode, x, eps));
      cells[4].textContent = short(slope(mode, x, eps));
    });
    this.one("caption").textContent = `ε = ${short(eps)}, x = ${short(x)}`;
    const [inside, outside] = ["add_inside", "add_outside"].map((mode) => short(slope(mode, 0, eps)));
    this.one(".play-status").textContent = `Slope at 0 for ε = ${short(eps)}: ${inside} (add_inside, clamp_sum), ${outside} (add_outside, clamp_norm).`;
    const px = LEFT + ((at + 1) / 2) * (RIGHT - LEFT);
    set(this.one(".probe"), { d: `M${px} ${TOP}V${BOTTOM}` });
    const words = { "aria-valuenow": Math.round(at * 1000), "aria-valuetext": `x = ${short(x)}` };
    set(this.one(".play-handle"), { transform: `translate(${px} ${BOTTOM})`, ...words });
    this.drawCurves();
  }

  drawCurves() {
    const { eps, width, show } = this.state;
    const isY = show === "y";
    const rows = Math.ceil(Math.log10(Math.max(1, 1 / eps))) - FLOOR + 1; // no slope is larger than 1/eps, or 1
    const rowOf = (v) => (v < 10 ** FLOOR ? v / 10 ** FLOOR : Math.log10(v) - FLOOR + 1);
    const height = (v) => BOTTOM - (isY ? (v + 1.1) / 2.2 : rowOf(v) / rows) * (BOTTOM - TOP);
    const across = (x) => LEFT + ((x / width + 1) / 2) * (RIGHT - LEFT);
    const xs = places(width, eps);
    for (const mode of MODES) {
      const point = (x) => `${across(x).toFixed(2)} ${height((isY ? value : slope)(mode, x, eps)).toFixed(2)}`;
      const jumps = isY && mode === "none"; // two lines, and none between them
      const line = (list) => `M${list.map(point).join("L")}`;
      set(this.one(`g .curve-${mode}`), { d: jumps ? line(xs.filter((x) => x < 0)) + line(xs.filter((x) => x > 0)) : line(xs) });
    }
    const tick = (path, x, y, anchor, v) => `<path d="${path}"/><text x="${x}" y="${y}" text-anchor="${anchor}">${short(v)}</text>`;
    const ticks = isY ? [-1, 0, 1] : [0];
    for (let i = 0; i < rows && !isY; i += Math.ceil(rows / 8)) ticks.push(10 ** (FLOOR + i));
    const marks = ticks.map((v) => tick(`M${LEFT} ${height(v)}H${RIGHT}`, LEFT - 6, height(v) + 5, "end", v));
    for (const [x, anchor] of [[-width, "start"], [0, "middle"], [width, "end"]]) {
      marks.push(tick(`M${across(x)} ${TOP}V${BOTTOM}`, across(x), BOTTOM + 36, anchor, x));
    }
    this.one(".grid").innerHTML = marks.join("");
    this.one(".title").textContent = isY ? "y" : "dy/dx, by powers of ten";
  }
});
