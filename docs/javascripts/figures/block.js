// <nchw-block>: choose a layer and a number, and see the numbers that share a statistic with it.
import { LAYERS, SIZES, count, sharesStatistic } from "./formulas.js";
import { Figure, clamp, onKeys, set, status } from "./ui.js";

const { N, C, H, W } = SIZES;
const CELL = 25; // a channel is 100 wide
const HOME = { N: 0, C: 2, H: 1, W: 2 };
const AXES = { N: "samples", C: "channels", H: "height", W: "width" };
const WORDS = { N: "sample", C: "channel", G: "group of channels", H: "position" };

const repeat = (n, make) => Array.from({ length: n }, (_, i) => make(i)).join("");

// "One length for each sample and position, over the 6 channels: 6 numbers share it. 2 × 4 × 4 = 32 lengths."
function sentence(layer) {
  if (!layer.over) return "Nothing is added up: mean and variance are stored for each channel, and no number depends on another one.";
  const { share, statistics, kept } = count(layer);
  const summed = { N: `${N} samples`, C: `${C} channels`, G: `${share / H / W} channels of the group`, H: `${H} × ${W} positions` };
  const over = [...layer.over].filter((axis) => axis !== "W").map((axis) => `the ${summed[axis]}`);
  const each = kept.map(([axis]) => WORDS[axis]).filter(Boolean);
  const product = kept.length > 1 ? `${kept.map(([, size]) => size).join(" × ")} = ` : "";
  return `One ${layer.one} for each ${each.join(" and ")}, over ${over.join(" and ")}: ${share} numbers share it. ${product}${statistics} ${layer.many}.`;
}

customElements.define("nchw-block", class extends Figure {
  state = { layer: 0, cell: HOME };

  build() {
    const rects = repeat(H, (h) => repeat(W, (w) => `<rect x="${w * CELL}" y="${h * CELL}" width="${CELL}" height="${CELL}"/>`));
    const channel = (n, c) => `<svg viewBox="-2 -20 104 122" aria-hidden="true"><text y="-6">n ${n + 1}, c ${c + 1}</text><g class="cells">${rects}</g></svg>`;
    const chip = ([axis, word]) => `<li data-axis="${axis}"><b>${axis}</b> ${SIZES[axis]} ${word}<span></span></li>`;
    // Light is a hatching, too, for those who do not see the colour.  The slider is the whole block: it keeps the
    // focus while the chosen number moves from one drawing to another.
    return `<div class="play-bar"><label><span>Layer</span><select>${LAYERS.map(({ name }, i) => `<option value="${i}">${name}</option>`)}</select></label>
<ul class="play-chips" aria-label="The axes">${Object.entries(AXES).map(chip).join("")}</ul></div>
<div class="play-block" style="--lit: url(#${this.key})" role="slider" tabindex="0" aria-valuemin="1" aria-valuemax="${N * C * H * W}"
aria-label="The chosen number: arrow keys move it by one, with Shift by a channel or a sample, Home takes it back">
${repeat(N, (n) => `<div class="play-sample">${repeat(C, (c) => channel(n, c))}</div>`)}</div>${status}
<svg class="play-hatch" aria-hidden="true"><pattern id="${this.key}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="7" height="7" class="lit-paper"/><rect width="2" height="7" class="lit-line"/></pattern>
<g class="chosen"><rect width="${CELL}" height="${CELL}"/><circle cx="${CELL / 2}" cy="${CELL / 2}" r="5"/></g></svg>`;
  }

  wire() {
    this.one("select").addEventListener("change", ({ target }) => this.update({ layer: Number(target.value) }));
    onKeys(this.one(".play-block"), (right, up) => this.step(right, -up), () => this.update({ cell: HOME }), W);
    this.rects = this.all(".cells rect");
    this.cells = this.rects.map((rect, i) => {
      const at = (stride, size) => Math.floor(i / stride) % size; // in C order
      const cell = { N: at(C * H * W, N), C: at(H * W, C), H: at(W, H), W: at(1, W) };
      rect.addEventListener("click", () => this.update({ cell }));
      return cell;
    });
  }

  // As in one wide picture: columns run on through the channels, rows through the samples.
  step(right, down) {
    const { cell } = this.state;
    const column = clamp(cell.C * W + cell.W + right, 0, C * W - 1);
    const row = clamp(cell.N * H + cell.H + down, 0, N * H - 1);
    this.update({ cell: { N: Math.floor(row / H), C: Math.floor(column / W), H: row % H, W: column % W } });
  }

  draw() {
    const { cell } = this.state;
    const layer = LAYERS[this.state.layer];
    this.one("select").value = this.state.layer;
    this.rects.forEach((rect, i) => rect.classList.toggle("lit", sharesStatistic(layer, cell, this.cells[i])));
    const place = ((cell.N * C + cell.C) * H + cell.H) * W + cell.W;
    const mark = this.one(".chosen");
    set(mark, { transform: `translate(${cell.W * CELL} ${cell.H * CELL})` });
    this.rects[place].ownerSVGElement.append(mark);
    for (const chip of this.all("[data-axis]")) {
      const { axis } = chip.dataset;
      const grouped = axis === "C" && layer.over.includes("G");
      const summed = grouped || layer.over.includes(axis);
      chip.classList.toggle("summed", summed);
      chip.lastChild.textContent = summed ? (grouped ? ", by groups" : ", added up") : "";
    }
    const [n, c, h, w] = Object.values(cell).map((v) => v + 1);
    set(this.one(".play-block"), { "aria-valuenow": place + 1, "aria-valuetext": `sample ${n}, channel ${c}, row ${h}, column ${w}` });
    this.one(".play-status").textContent = sentence(layer);
  }
});
