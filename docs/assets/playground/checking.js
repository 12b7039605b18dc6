/** Has workers check a text, one or, if it is long, several, and hands on what they send. */

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

// Characters from which on a text is worth the second it takes to start further workers.
const LONG = 40_000;
const MOST_WORKERS = 4;

const workers = [];
let last = 0;
const waiting = new Map();

/** Loads the engine before it is needed. */
export function prepare(folder) {
  return send(0, { folder: folder.href }, () => {});
}

/**
 * Checks a text; `each` is called with every claim that was read, in their order.
 *
 * Returns how it ended: `{done, milliseconds}`, `{unusable, line, command}` or `{failed}`.
 */
export async function check(folder, text, name, settings, each) {
  const begun = performance.now();
  const shares = text.length < LONG ? 1 : Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1);
  const early = new Map();
  let next = 0;
  const inOrder = (read) => {
    early.set(read.index, read);
    for (; early.has(next); next += 1) {
      each(early.get(next));
      early.delete(next);
    }
  };
  const message = { folder: folder.href, text, name, settings, shares };
  const ended = await Promise.all(Array.from({ length: shares }, (_, share) => send(share, { ...message, share }, inOrder)));
  return ended.find((end) => !end.done) ?? { done: true, milliseconds: performance.now() - begun };
}

/** The claims of a FHIR text: `{converted}`, `{unusable, line, command}` or `{failed}`. */
export function convert(folder, fhir, name) {
  return send(0, { folder: folder.href, fhir, name }, () => {});
}

function send(place, message, each) {
  last += 1;
  const number = last;
  return new Promise((resolve) => {
    const { worker, waiting } = started(place);
    waiting.set(number, { each, resolve });
    worker.postMessage({ number, ...message });
  });
}

function started(place) {
  if (workers[place]) return workers[place];
  if (!workers.length) keepToThisHost();
  // A worker from a blob obeys the page's policy; one from an address would have none.
  const script = new Blob([`import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`], {
    type: "text/javascript",
  });
  const worker = new Worker(URL.createObjectURL(script), { type: "module" });
  const waiting = new Map();
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
    workers[place] = null;
    for (const { resolve } of waiting.values()) resolve({ failed: event.message || "the engine cannot be loaded" });
    waiting.clear();
  });
  workers[place] = { worker, waiting };
  return workers[place];
}

/** From here on the browser itself refuses to ask another host for anything. */
function keepToThisHost() {
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = POLICY;
  document.head.append(meta);
}
