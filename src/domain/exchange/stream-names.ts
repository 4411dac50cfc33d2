import type { Lane } from '../../fhir/lane.js';

/** Stream of exceptions about what a neighbour sent here. */
export const streamFrom = (neighbour: string): string => `from:${neighbour}`;
/** Stream of exceptions about what this node sent to a neighbour. */
export const streamTo = (neighbour: string): string => `to:${neighbour}`;

/** How far this node has received a neighbour's log; a position of the neighbour's log. */
export const receivedCursor = (neighbour: string, lane: Lane): string => `from:${neighbour}:${lane}`;
/** Set when a neighbour's lane was received up to its end for the first time. */
export const completeCursor = (neighbour: string, lane: Lane): string => `complete:${neighbour}:${lane}`;
/** How far this node's log was handed to a neighbour and counted so. */
export const reportedCursor = (neighbour: string, lane: Lane): string => `reported:${neighbour}:${lane}`;
/** How far a neighbour has confirmed this node's log and it was counted so. */
export const acknowledgedCursor = (neighbour: string, lane: Lane): string =>
  `acknowledged:${neighbour}:${lane}`;
