import type { Change, Position } from '../../../../ports/store.js';

/**
 * A cursor that moves with each decision that this node commits together with its effect. Whoever follows the log
 * commits only while it stands where it stood when the working set was begun, so that nothing is decided on what a
 * steward has changed in between.
 */
export const decidedCursor = 'mpi-decided';

const start: Position = { incarnation: '', sequence: 0, hash: '' };

/** Fails its unit where a decision was committed since `seen`. */
export const undecidedSince = (seen: Position | undefined): Extract<Change, { kind: 'move-cursor' }> => ({
  kind: 'move-cursor',
  name: decidedCursor,
  from: seen,
  to: seen ?? start,
});

/** The same, and lets others fail. */
export const decidedAfter = (seen: Position | undefined): Extract<Change, { kind: 'move-cursor' }> => ({
  kind: 'move-cursor',
  name: decidedCursor,
  from: seen,
  to: { ...start, sequence: (seen ?? start).sequence + 1 },
});
