/** How a position of a node's log travels in headers and JSON: `incarnation/sequence/hash`, opaque to who holds it. */
export interface StreamPosition {
  readonly incarnation: string;
  readonly sequence: number;
  readonly hash: string;
}

export const formatPosition = (position: StreamPosition): string =>
  `${position.incarnation}/${String(position.sequence)}/${position.hash}`;

/** Undefined where the text is no position. */
export function parsePosition(text: string): StreamPosition | undefined {
  const match = /^([A-Za-z0-9-]{1,64})\/(\d{1,15})\/([0-9a-f]{64}|)$/.exec(text);
  if (!match) return undefined;
  return { incarnation: match[1] ?? '', sequence: Number(match[2]), hash: match[3] ?? '' };
}

/** Two positions name the same place of the same log. */
export const samePosition = (a: StreamPosition | undefined, b: StreamPosition | undefined): boolean =>
  a?.incarnation === b?.incarnation && a?.sequence === b?.sequence && a?.hash === b?.hash;
