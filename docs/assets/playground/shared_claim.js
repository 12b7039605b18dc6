/** A claim in the part of an address that no server is sent: packed, and unpacked again. */

const MARK = "#claim=";
const LONGEST = 8_000;

/** The address of this page with a text in it; null where that would be too long for an address. */
export async function linkTo(text) {
  const packed = new Uint8Array(await piped(new TextEncoder().encode(text), new CompressionStream("deflate-raw")));
  const written = btoa(String.fromCharCode(...packed)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  if (written.length > LONGEST) return null;
  const address = new URL(location.href);
  address.hash = MARK + written;
  return address.href;
}

/** The text in the address of this page; null where there is none that can be read. */
export async function linkedText() {
  if (!location.hash.startsWith(MARK)) return null;
  try {
    const written = location.hash.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/");
    const packed = Uint8Array.from(atob(written), (character) => character.charCodeAt(0));
    const text = await piped(packed, new DecompressionStream("deflate-raw"));
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch {
    return null;
  }
}

function piped(bytes, through) {
  return new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer();
}
