/** Has the worker check a text, and hands on what it sends. */

const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "frame-src 'none'",
  "form-action 'none'",
].join("; ");

let worker = null;
let last = 0;
const waiting = new Map();

/** Loads the engine before it is needed. */
export function prepare(folder) {
  return send({ folder: folder.href }, () => {});
}

/**
 * Checks a text; `each` is called with every claim that was read.
 *
 * Returns how it ended: `{done, milliseconds}`, `{unusable, line, command}` or `{failed}`.
 */
export function check(folder, text, name, settings, each) {
  return send({ folder: folder.href, text, name, settings }, each);
}

/** The claims of a FHIR text: `{converted}`, `{unusable, line, command}` or `{failed}`. */
export function convert(folder, fhir, name) {
  return send({ folder: folder.href, fhir, name }, () => {});
}

function send(message, each) {
  last += 1;
  const number = last;
  return new Promise((resolve) => {
    waiting.set(number, { each, resolve });
    started().postMessage({ number, ...message });
  });
}

function started() {
  if (worker) return worker;
  keepToThisHost();
  // A worker from a blob obeys the page's policy; one from an address would have none.
  const script = new Blob([`import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`], {
    type: "text/javascript",
  });
  worker = new Worker(URL.createObjectURL(script), { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    const { each, resolve } = waiting.get(data.number);
    if (data.claim || data.rejected) {
      each(data);
      return;
    }
    waiting.delete(data.number);
    resolve(data);
  });
  worker.addEventListener("error", (event) => {
    worker = null;
    for (const { resolve } of waiting.values()) resolve({ failed: event.message || "the engine cannot be loaded" });
    waiting.clear();
  });
  return worker;
}

/** From here on the browser itself refuses to ask another host for anything. */
function keepToThisHost() {
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = POLICY;
  document.head.append(meta);
}
