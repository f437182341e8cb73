// Python in a worker: Pyodide, SymPy and this project's package, all from this site (the folder live/), and session.py.
// Questions are {id, call, argument}; each gets one answer {id, value} or {id, error}.  {text, loaded} is progress, and
// {failed} says that Python could not be started.
const live = new URL("../../live/", import.meta.url).href;

// Bytes are counted where they arrive, whoever fetches them.
let loaded = 0;
const fetchUncounted = self.fetch;
self.fetch = async (...request) => {
  const { body, status, statusText, headers, ok, url } = await fetchUncounted(...request);
  if (!ok) throw new Error(`${status} ${statusText}: ${url}`);
  const count = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      postMessage({ loaded });
      controller.enqueue(chunk);
    },
  });
  return new Response(body.pipeThrough(count), { status, statusText, headers });
};

async function start() {
  postMessage({ text: "Loading Python and SymPy" });
  const source = await (await fetch(new URL("session.py", import.meta.url))).text();
  const { loadPyodide } = await import(`${live}pyodide.mjs`);
  const python = await loadPyodide({
    indexURL: live,
    packageBaseUrl: live,
    lockFileURL: `${live}pyodide-lock.json`,
    packages: ["l2norm-ref"],
  });
  postMessage({ text: "Starting SymPy" });
  const session = python.toPy({ __name__: "session" });
  python.runPython(source, { globals: session });
  session.get("start")();
  postMessage({ text: "Python is ready" });
  return (call, argument) => JSON.parse(session.get(call)(JSON.stringify(argument)));
}

let python;
self.onmessage = async ({ data: { id, call, argument } }) => {
  python ??= start();
  let answer;
  try {
    answer = await python;
  } catch (error) {
    postMessage({ failed: String(error.message ?? error) });
    return;
  }
  try {
    postMessage({ id, value: answer(call, argument) }); // nothing is awaited here, so one question is done before the next
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
};
