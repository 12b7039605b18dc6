/** Loads the compressed files beside the playground; nothing else is ever asked for. */

/** The unpacked bytes as a response. Throws where the file is not there. */
export async function unpacked(address, type) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${new URL(address).pathname} cannot be loaded (${answer.status})`);
  const stream = answer.body.pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream, { headers: { "Content-Type": type } });
}

/** The JSON of a file. */
export async function json(address) {
  return (await unpacked(address, "application/json")).json();
}
