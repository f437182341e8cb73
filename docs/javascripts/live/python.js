// One Python for the page, in a worker that starts when it is first asked for something.
let worker;
let asked = 0;
const waiting = new Map(); // by number: who waits for the answer

function fail(text) {
  worker.terminate();
  worker = undefined; // so that the next question tries again
  for (const { reject } of waiting.values()) reject(new Error(`Python could not be started: ${text}`));
  waiting.clear();
}

function start() {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onerror = (event) => fail(event.message ?? "its worker could not be loaded");
  worker.onmessage = ({ data }) => {
    if (data.failed !== undefined) return fail(data.failed);
    if (data.id === undefined) return waiting.forEach(({ progress }) => progress(data));
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error === undefined) resolve(data.value);
    else reject(new Error(data.error));
  };
}

// Call a function of session.py.  `progress` is told {text} for each stage of the start, and {loaded} in bytes.
export function ask(call, argument, progress) {
  if (!worker) start();
  return new Promise((resolve, reject) => {
    asked += 1;
    waiting.set(asked, { resolve, reject, progress });
    worker.postMessage({ id: asked, call, argument });
  });
}
