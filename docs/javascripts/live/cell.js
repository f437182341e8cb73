// <live-cell>: the Run button below a notebook's code cell.  What the cell needs of the cells above is run first.
import { ask } from "./python.js";
import { fill, typeset } from "./typeset.js";
import { Live, bar } from "./ui.js";

const { cells } = JSON.parse(document.querySelector("script.live-cells").textContent); // {code, runs}
const done = new Set(); // the cells that Python has run, by their place
let queue = Promise.resolve(); // one button after the other

const words = (elements) => elements.map((element) => element.textContent).join(" ").replace(/\s+/g, " ").trim();

customElements.define("live-cell", class extends Live {
  connectedCallback() {
    if (this.place !== undefined) return;
    this.place = Number(this.dataset.cell);
    const name = `Run cell ${this.place + 1} in this browser, which loads ${this.dataset.megabytes} MB the first time`;
    this.innerHTML = `${bar("Run", name)}<div class="live-out"></div>`;
    this.button.addEventListener("click", () => {
      if (this.busy) return;
      this.busy = true;
      this.say("Waiting …");
      queue = queue.then(() => this.run()).finally(() => (this.busy = false));
    });
  }

  async run() {
    const out = this.one(".live-out");
    try {
      for (const [place, { code }] of cells.slice(0, this.place).entries()) {
        if (done.has(place) || !code) continue;
        this.say(`Running cell ${place + 1} first …`);
        const { ok, outputs } = await ask("cell", code, this.progress);
        if (!ok) throw new Error(`Cell ${place + 1}, which this one needs, failed: ${outputs.at(-1).data}`);
        done.add(place);
      }
      this.say("Running …");
      const start = performance.now();
      const { ok, outputs } = await ask("cell", cells[this.place].code, this.progress);
      const seconds = ((performance.now() - start) / 1000).toFixed(2);
      done.add(this.place);
      await this.show(outputs);
      this.say(ok ? `Run in ${seconds} s: ${this.compare()}` : "The cell failed.");
    } catch (error) {
      this.fail(error, out);
    }
  }

  async show(outputs) {
    const title = document.createElement("p");
    title.className = "live-title";
    title.textContent = "Live output";
    const blocks = outputs.map(({ kind, data }) => {
      const block = document.createElement("div");
      block.className = kind === "error" ? "nb-output no-copy live-error" : "nb-output no-copy";
      if (kind === "error") block.setAttribute("role", "alert");
      if (kind === "html") fill(block, data);
      else if (kind === "latex") block.textContent = data;
      else {
        block.innerHTML = "<pre><code></code></pre>";
        block.querySelector("code").textContent = data.trimEnd();
      }
      return block;
    });
    this.one(".live-out").replaceChildren(title, ...(blocks.length ? blocks : ["(no output)"]));
    await Promise.all(outputs.map(({ kind }, i) => (kind === "html" || kind === "latex" ? typeset(blocks[i]) : null)));
  }

  // With what stands above, which was computed while the site was built.
  compare() {
    const built = [];
    for (let above = this.previousElementSibling; above?.matches(".nb-output"); above = above.previousElementSibling) built.unshift(above);
    const live = [...this.querySelectorAll(".nb-output")];
    return words(built) === words(live) ? "the same as above." : "not the same as above.";
  }
});
