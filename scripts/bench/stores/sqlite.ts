import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { answerTo } from '../samples.js';
import { bareParse, bareSend } from '../yardstick.js';
import type { BenchStore, RawInsert } from './bench-store.js';
import { runProgram } from './run-program.js';

const insertProgram = fileURLToPath(new URL('./sqlite-insert.js', import.meta.url));
const nothing = (): Promise<void> => Promise.resolve();

/** The embedded store: it lies in the node's own folder. */
export const sqliteStore: BenchStore = {
  wanted: {
    startSeconds: 1.5,
    load: 0.45,
    read: 0.65,
    search: 0.5,
    create: 0.2,
    aimedCreate: 0.3,
    visibleMs: 100,
  },
  place: (plans) => Promise.resolve({ plans, remove: nothing }),
  insertRaw(node, folder) {
    mkdirSync(folder, { recursive: true });
    return runProgram<RawInsert>(insertProgram, [node.data, folder]);
  },
  bareReads: async ({ node, shots, folder }) =>
    bareSend(folder, { shots, bodies: await Promise.all(shots.map((shot) => answerTo(node, shot))) }),
  bareCreates: ({ shots, folder }) => bareParse(folder, shots),
  close: nothing,
};
