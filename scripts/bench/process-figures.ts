import { readFileSync } from 'node:fs';

import type { BenchNode } from './bench-node.js';

/** Most memory that a process ever had resident, MB; undefined where the system does not say (/proc is Linux's). */
export function peakMemoryMb({ pid }: BenchNode): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}

/**
 * p99 of the node's event-loop delay since it was asked last, in ms: /metrics starts its histogram anew each time. The
 * sampler's own interval of 10 ms is in it.
 */
export async function eventLoopP99Ms({ origin }: BenchNode): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1]) * 1000;
}

/** Clock ticks a second of /proc (USER_HZ), the same on all of Linux's platforms that Node runs on. */
const ticksPerSecond = 100;

/** Processor time that a process and all its threads have used; NaN where the system does not say. */
export function processorSeconds({ pid }: BenchNode): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return NaN;
  }
}
