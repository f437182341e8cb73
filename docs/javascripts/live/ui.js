// What the Playground and the Run buttons have in common: a button that is busy or not, and a line that says how far it is.

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

// The bar of a live element: the status is read out when it changes, the growing number of bytes is only seen.
export const bar = (label, name) => `<div class="live-bar"><button type="button" class="live-button" aria-label="${name}" title="${name}">${label}</button>
<span class="live-status" role="status"></span><progress class="live-progress" aria-label="Loaded" hidden></progress><span class="live-loaded"></span></div>`;

export class Live extends HTMLElement {
  one = (selector) => this.querySelector(selector);

  // A busy button keeps the focus: one that is disabled would lose it, and with it the reader's place.
  get busy() {
    return this.button.getAttribute("aria-disabled") === "true";
  }

  set busy(is) {
    this.button.setAttribute("aria-disabled", is);
    this.toggleAttribute("data-busy", is);
    if (is) return;
    this.one(".live-progress").hidden = true;
    this.one(".live-loaded").textContent = "";
  }

  get button() {
    return this.one(".live-button");
  }

  say(text) {
    this.one(".live-status").textContent = text;
  }

  // {text}: the next stage of the start; {loaded}: bytes so far.
  progress = ({ text, loaded }) => {
    const total = Number(this.dataset.bytes);
    const progress = this.one(".live-progress");
    progress.hidden = loaded === undefined || loaded >= total;
    if (text !== undefined) this.say(`${text}${text.startsWith("Loading") ? ` (${this.dataset.megabytes} MB)` : ""} …`);
    if (progress.hidden) progress.nextElementSibling.textContent = "";
    if (progress.hidden) return;
    progress.max = total;
    progress.value = loaded;
    progress.nextElementSibling.textContent = `${megabytes(loaded)} of ${megabytes(total)} MB`;
  };

  fail(error, where) {
    const message = document.createElement("p");
    message.className = "live-error";
    message.setAttribute("role", "alert");
    message.textContent = error.message;
    where.replaceChildren(message);
    this.say("");
  }
}
