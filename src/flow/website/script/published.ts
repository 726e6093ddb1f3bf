/** A published file of this site. Throws an Error if the server does not have it. */
export async function readPublished(address: string): Promise<string> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: expected a file, the server answered ${answer.status}; try again later`);
  return answer.text();
}
