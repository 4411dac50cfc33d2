const running = new Set<number>();

process.on('exit', () => {
  for (const pid of running) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
});

/**
 * Sees to it that a child process does not outlive this one, however this one ends. The answer takes the child off the
 * list: call it when the child has ended.
 */
export function endWithUs(pid: number | undefined): () => void {
  if (pid === undefined) return () => undefined;
  running.add(pid);
  return () => void running.delete(pid);
}
