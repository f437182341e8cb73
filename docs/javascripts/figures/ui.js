// What the figures have in common: numbers as text, keys, handles to drag, and an element that keeps its text alternative.

export const set = (element, attributes) => Object.entries(attributes).forEach((entry) => element.setAttribute(...entry));

const minus = (text) => text.replaceAll("-", "−");
export const fixed = (number, digits = 3) => minus((Number(number.toFixed(digits)) + 0).toFixed(digits)); // + 0: no "-0"
export const pair = (vector, digits) => `(${vector.map((v) => fixed(v, digits)).join(", ")})`;
export const clamp = (number, low, high) => Math.min(high, Math.max(low, number));

// Four significant digits, with a power of ten where the number is far from 1.
export function short(number) {
  const size = Math.abs(number);
  if (size === 0 || (size >= 1e-3 && size < 1e4)) return minus(String(Number(number.toPrecision(4))));
  const [digits, power] = number.toExponential(3).split("e");
  return minus(`${Number(digits)}e${Number(power)}`);
}

// Arrow keys move by one step, with Shift by `far` steps; Home starts again.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
export function onKeys(element, step, home, far = 5) {
  element.addEventListener("keydown", (event) => {
    const direction = ARROWS[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey || (!direction && event.key !== "Home")) return;
    event.preventDefault();
    if (direction) step(...direction.map((n) => n * (event.shiftKey ? far : 1)));
    else home();
  });
}

// A handle's shapes; the largest circle is what a finger hits.
export const knob = (name, label, limit) =>
  `<g class="play-handle knob-${name}" tabindex="0" role="slider" aria-valuemin="-${limit}" aria-valuemax="${limit}"
aria-label="${label}: arrow keys move it, Home takes it back"><circle r="20" class="hit"/><circle r="13" class="ring"/><circle r="7" class="dot"/></g>`;

// `drag` gets the place in the units of the svg.  What is taken hold of beside its middle does not jump there.
export function onDrag(handle, drag) {
  let held;
  const place = ({ clientX, clientY }) =>
    new DOMPoint(clientX, clientY).matrixTransform(handle.ownerSVGElement.getScreenCTM().inverse());
  handle.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault(); // no text is selected; but then the focus has to be set
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const { e, f } = handle.transform.baseVal.consolidate().matrix;
    const start = place(event);
    held = [e - start.x, f - start.y];
  });
  handle.addEventListener("pointermove", (event) => {
    if (!held) return;
    const { x, y } = place(event);
    drag(x + held[0], y + held[1]);
  });
  handle.addEventListener("lostpointercapture", () => (held = undefined));
  // A finger on the handle must not scroll the page; touch-action alone does not hold for parts of an svg in Chromium.
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
}

export const head = (...names) => `<thead><tr>${names.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>`;
export const shown = '<span class="play-value" aria-hidden="true"></span>'; // a slider's number
export const status = '<p class="play-status" role="status" aria-live="polite"></p>';
export const buttons = (states) =>
  `<div class="play-buttons">${Object.keys(states).map((label) => `<button type="button">${label}</button>`).join("")}</div>`;

let made = 0;

// A figure: `build` gives its HTML and `wire` connects it; `draw` shows the state.  What the page had inside stays.
export class Figure extends HTMLElement {
  connectedCallback() {
    if (this.key) return; // only moved within the page
    this.key = `play-${++made}`; // for ids and names, which must differ between figures
    const words = document.createElement("details");
    words.innerHTML = "<summary>The figure in words</summary>";
    words.append(...this.childNodes);
    this.innerHTML = this.build();
    this.append(words);
    this.wire();
    for (const button of this.all("button")) button.addEventListener("click", () => this.update(this.presets[button.textContent]));
    this.draw();
  }

  one = (selector) => this.querySelector(selector);
  all = (selector) => [...this.querySelectorAll(selector)];

  update(change) {
    Object.assign(this.state, change);
    this.draw();
  }
}
