// <l2-projection>: x and dy are dragged; dx is what is left of h = gamma dy on the tangent of the circle of |x|.
import { dot, l2norm, norm, offTangent } from "./formulas.js";
import { Figure, buttons, clamp, fixed, head, knob, onDrag, onKeys, pair, set, shown, status } from "./ui.js";

const EPS = 1e-10; // Caffe's
const ORIGIN = [250, 250]; // in a drawing of 500 x 500
const UNIT = { x: 22, dy: 92 }; // x and the gradients are different quantities, each with its own scale
const LIMIT = { x: 5, dy: 1.5, gamma: 3 };
const SHORTEST = 0.5; // x = 0 has no tangent
const EXAMPLE = { x: [3, 4], dy: [1, 0], gamma: [1, 2] };
// From the back to the front: the text at the tip, and on which side of the arrow it is.
const ARROWS = { h: ["h = γ dy", 1], dy: ["", 0], x: ["", 0], xhat: ["x̂", -1], caffe: ["Caffe: d·dx", -1], dx: ["d·dx", 1] };

const from = (place, vector, unit) => [place[0] + vector[0] * unit, place[1] - vector[1] * unit]; // y goes upwards
const times = (vector, factor) => vector.map((v) => v * factor);

function drawArrow(group, start, tip, side) {
  const [shaft, head, text] = group.children;
  const length = Math.hypot(tip[0] - start[0], tip[1] - start[1]);
  group.toggleAttribute("hidden", length < 1); // nothing to see, and no direction for the head
  if (length < 1) return;
  const [ux, uy] = [(tip[0] - start[0]) / length, (tip[1] - start[1]) / length];
  const beside = (back, away) => [tip[0] - back * ux + away * uy, tip[1] - back * uy - away * ux];
  const size = Math.min(13, length * 0.6);
  set(shaft, { d: `M${start}L${beside(size, 0)}` });
  set(head, { d: `M${tip}L${beside(size, 0.42 * size)}L${beside(size, -0.42 * size)}Z` });
  const [x, y] = beside(-12, 16 * side);
  set(text, { x: clamp(x, 8, 492), y: clamp(y + 5, 18, 490), "text-anchor": x > 425 || (ux < -0.3 && x > 120) ? "end" : "start" });
}

function input(name, i) {
  const start = `<label><span>${name.replace("gamma", "γ")}${"₁₂"[i]}</span><input name="${name}" min="${-LIMIT[name]}" max="${LIMIT[name]}"`;
  return start + (name === "gamma" ? ` type="range" step="0.1">${shown}</label>` : ' type="number" step="any"></label>');
}

customElements.define("l2-projection", class extends Figure {
  state = { ...EXAMPLE };
  presets = { "The smallest example": EXAMPLE, "One scale for both": { gamma: [1.5, 1.5] }, "dy along x": { ...EXAMPLE, dy: [0.6, 0.8] } };

  build() {
    const arrow = ([name, [text]]) => `<g class="arrow arrow-${name}"><path class="shaft"/><path class="head"/><text>${text}</text></g>`;
    const row = (name, label, cells) => `<tr class="row-${name}"><th scope="row">${label}</th>${cells}</tr>`;
    return `<div class="play-body"><div class="play-picture">
<svg viewBox="0 0 500 500" role="group" aria-label="x from the origin; dy, h and the two gradients from the tip of x">
<path class="axis" d="M0 250H500M250 0V500"/><circle class="circle" cx="250" cy="250"/><path class="tangent"/>
<path class="shadow"/><text class="quiet">tangent</text>${Object.entries(ARROWS).map(arrow).join("")}
${knob("x", "x, the input", 180)}${knob("dy", "dy, the incoming gradient", 180)}</svg>
<p>Gradients begin at the tip of x and have a unit of their own. dx is drawn d times as long.</p></div>
<div class="play-panel">${status}<div class="play-grid">${Object.keys(LIMIT).map((name) => input(name, 0) + input(name, 1)).join("")}</div>
${buttons(this.presets)}<table class="play-table">${head("vector", "channels 1, 2", "off the tangent", "⟨x, ·⟩")}<tbody>
${row("y", "y", '<td colspan="3">')}${row("h", "h = γ dy", '<td colspan="3">')}
${row("dx", "dx", "<td><td><td>")}${row("caffe", "Caffe’s dx", "<td><td><td>")}</tbody></table></div></div>`;
  }

  wire() {
    for (const name of ["x", "dy"]) {
      const handle = this.one(`.knob-${name}`);
      handle.insertAdjacentHTML("beforeend", `<text x="16" y="${name === "x" ? -10 : 6}">${name}</text>`);
      onKeys(handle, (...step) => this.move(name, this.state[name].map((v, i) => v + step[i] / 10)), () => this.move(name, EXAMPLE[name]));
      onDrag(handle, (x, y) => {
        const start = name === "x" ? ORIGIN : this.tip();
        this.move(name, times([x - start[0], start[1] - y], 1 / UNIT[name]));
      });
    }
    this.all("input").forEach((control, place) => {
      const { name, type } = control;
      control.addEventListener(type === "range" ? "input" : "change", () => {
        this.move(name, this.state[name].map((v, i) => (i === place % 2 ? control.valueAsNumber : v)));
      });
    });
  }

  tip() {
    return from(ORIGIN, this.state.x, UNIT.x);
  }

  // Inside the limits and with two digits, so that the numbers shown are those computed with.
  move(name, vector) {
    const moved = vector.map((v) => clamp(Math.round(v * 100) / 100, -LIMIT[name], LIMIT[name]));
    const allowed = moved.every(Number.isFinite) && (name !== "x" || norm(moved) >= SHORTEST);
    this.update(allowed ? { [name]: moved } : {});
  }

  draw() {
    const { x, dy, gamma } = this.state;
    const found = l2norm(x, gamma, dy, EPS);
    this.drawPicture(found);
    this.all("input").forEach((control, i) => {
      const number = this.state[control.name][i % 2];
      control.value = number;
      if (control.type === "range") control.nextSibling.textContent = fixed(number, 1);
    });
    const off = (name) => `${fixed(offTangent(found[name], x), 1)}°`;
    for (const name of ["y", "h", "dx", "caffe"]) {
      const texts = [pair(found[name]), off(name), fixed(dot(x, found[name]))];
      this.all(`.row-${name} td`).forEach((cell, i) => (cell.textContent = texts[i]));
    }
    const [exact, wrong] = [pair(found.dx), pair(found.caffe)];
    let caffe = `Caffe’s, ${wrong}, is ${off("caffe")} off it`;
    if (exact === wrong) caffe = gamma[0] === gamma[1] ? "Caffe’s is the same, because γ₁ = γ₂" : "Caffe’s agrees to three digits";
    this.one(".play-status").textContent = `dx = ${exact} lies on the tangent. ${caffe}.`;
  }

  drawPicture({ d, xhat, h, dx, caffe }) {
    const { x, dy } = this.state;
    const tip = this.tip();
    const ends = { x: tip, xhat: from(ORIGIN, xhat, UNIT.x) };
    for (const [name, vector] of Object.entries({ h, dy, caffe: times(caffe, d), dx: times(dx, d) })) ends[name] = from(tip, vector, UNIT.dy);
    for (const name of Object.keys(ARROWS)) drawArrow(this.one(`.arrow-${name}`), name[0] === "x" ? ORIGIN : tip, ends[name], ARROWS[name][1]);
    const along = times([-x[1], x[0]], (dot([-x[1], x[0]], dx) > 0 ? -1 : 1) / norm(x)); // away from dx
    set(this.one(".circle"), { r: norm(x) * UNIT.x });
    set(this.one(".tangent"), { d: `M${from(tip, along, 700)}L${from(tip, along, -700)}` });
    set(this.one(".shadow"), { d: `M${ends.h}L${ends.dx}` }); // what the projection takes away
    const [left, top] = from(tip, along, 110);
    set(this.one(".quiet"), { x: clamp(left + 8, 8, 430), y: clamp(top - 8, 20, 490) });
    for (const [name, [a, b]] of Object.entries({ x, dy })) {
      const degrees = Math.round((Math.atan2(b, a) * 180) / Math.PI);
      set(this.one(`.knob-${name}`), { transform: `translate(${ends[name]})`, "aria-valuenow": degrees, "aria-valuetext": pair([a, b], 2) });
    }
  }
});
