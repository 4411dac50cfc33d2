import type { NodeAccess } from '../network/node-access.js';

/** Prints, and answers whether, each node holds exactly as many resources of each type as were sent. */
export async function compareCounts(
  expected: ReadonlyMap<string, number>,
  nodes: readonly NodeAccess[],
): Promise<boolean> {
  let complete = true;
  for (const access of nodes) {
    let sum = 0;
    const wrong: string[] = [];
    for (const [type, n] of expected) {
      const held = await access.count(type);
      sum += held;
      if (held !== n) wrong.push(`  ${type}: sent ${n}, held ${held}`);
    }
    const sent = [...expected.values()].reduce((total, n) => total + n, 0);
    console.log(`${access.node.name} holds ${sum} of ${sent} resources sent, in ${expected.size} types`);
    for (const text of wrong) console.log(text);
    complete &&= wrong.length === 0;
  }
  return complete;
}
