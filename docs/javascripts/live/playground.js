// <l2-playground>: choose a variant of the layer; its derivation and its functions come from the commands `derive` and
// `generate` of this project, run in the browser.  The first press of the button loads them, later choices answer at once.
import { ask } from "./python.js";
import { fill, prepare, typeset } from "./typeset.js";
import { Live, bar } from "./ui.js";

// name: [label, choices: [value, words]]; the values are arguments of the command line.
const CHOICES = {
  axes: ["One length for each", [
    ["--no-across-spatial", "position, over the channels"],
    ["--across-spatial", "sample, over channels and positions"],
    ["--axes spatial", "channel, over the positions"],
    ["--axes all", "batch, over everything"],
  ]],
  mode: ["Denominator (eps_mode)", ["add_inside", "add_outside", "clamp_norm", "clamp_sum", "none"].map((mode) => [`--eps-mode ${mode}`, mode])],
  scale: ["Scale γ", [
    ["--no-channel-shared", "one for each channel"],
    ["--channel-shared", "one for all channels"],
    ["--no-scale", "none"],
  ]],
  target: ["Written as", [
    ["generate --target numpy", "NumPy"],
    ["generate --target torch", "PyTorch"],
    ["generate --target c", "C99"],
    ["derive --format latex", "LaTeX"],
  ]],
};

const TERMS = /\b(?:x|h|xhat|d|dx)\b/g; // those that have a colour, here as in the formulas
const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function select(name, [label, choices]) {
  const options = choices.map(([value, words]) => `<option value="${value}">${escaped(words)}</option>`);
  return `<label><span>${label}</span><select name="${name}">${options.join("")}</select></label>`;
}

async function run(command, progress) {
  const { status, out, error } = await ask("command", command.split(" "), progress);
  if (status) throw new Error(error.trim());
  return out;
}

customElements.define("l2-playground", class extends Live {
  connectedCallback() {
    if (this.started !== undefined) return;
    this.started = false;
    const words = document.createElement("details");
    words.innerHTML = "<summary>Without a browser</summary>";
    words.append(...this.childNodes);
    const selects = Object.entries(CHOICES).map((choice) => select(...choice));
    selects.splice(2, 0, '<label><span>ε</span><input name="eps" value="1e-10" autocomplete="off" spellcheck="false"></label>');
    this.innerHTML = `<form class="live-form">${selects.join("")}</form>
${bar("Derive", `Derive, which loads ${this.dataset.megabytes} MB the first time`)}<div class="live-out"></div>`;
    this.append(words);
    const form = this.one("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.derive();
    });
    form.addEventListener("input", () => this.started && this.derive());
    this.button.addEventListener("click", () => this.derive());
  }

  // The command lines: the derivation, and the text in the language that was chosen.
  commands() {
    const { axes, mode, scale, target, eps } = Object.fromEntries(new FormData(this.one("form")));
    const variant = [axes, mode, eps.trim() && `--eps=${eps.trim().replaceAll(" ", "")}`, scale].filter(Boolean).join(" ");
    return [`derive --steps --format html ${variant}`, `${target} ${variant}`];
  }

  // While one derivation runs, the last of the choices that are made meanwhile is remembered.
  async derive() {
    this.again = this.busy;
    if (this.busy) return;
    this.busy = true;
    do {
      this.again = false;
      await this.once();
    } while (this.again);
    this.busy = false;
  }

  async once() {
    const out = this.one(".live-out");
    const [derivation, text] = this.commands();
    const start = performance.now();
    if (this.started) this.say("Deriving …");
    try {
      const ready = prepare();
      ready.catch(() => {}); // told below, when the formulas need it
      const steps = await run(derivation, this.progress);
      const code = await run(text, this.progress);
      await this.show(steps, code, text);
      const count = this.querySelectorAll(".step").length;
      this.say(`${count} steps, each checked exactly, in ${((performance.now() - start) / 1000).toFixed(2)} s`);
      this.started = true;
      for (const attribute of ["aria-label", "title"]) this.button.setAttribute(attribute, "Derive");
    } catch (error) {
      this.fail(error, out);
    }
  }

  async show(steps, code, command) {
    const fresh = document.createElement("div");
    fill(fresh, `<h3>The generated text</h3><p>It is what <code>l2norm-ref ${escaped(command)}</code> prints.</p>
<div class="live-code"><button type="button" class="live-copy">Copy</button><pre><code></code></pre></div>
<h3>The derivation</h3><div class="live-steps">${steps}</div>`);
    const isLatex = command.startsWith("derive"); // where a name is not one word
    fresh.querySelector("pre code").innerHTML = isLatex ? escaped(code) : escaped(code).replace(TERMS, '<span class="tm-$&">$&</span>');
    fresh.querySelector(".live-steps > :last-child").insertAdjacentHTML("beforebegin", "<h3>The closed form</h3>");
    fresh.querySelector(".live-copy").addEventListener("click", async ({ target }) => {
      await navigator.clipboard.writeText(code);
      target.textContent = "Copied";
    });
    const open = [...this.querySelectorAll(".live-steps details")].map((details) => details.open);
    await typeset(fresh.querySelector(".live-steps"));
    fresh.querySelectorAll(".live-steps details").forEach((details, i) => (details.open = open[i] ?? false));
    this.one(".live-out").replaceChildren(...fresh.childNodes);
  }
});
