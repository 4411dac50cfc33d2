const regionOffsetMs = 8 * 3_600_000;

/** The calendar day of an instant in Asia/Shanghai (UTC+8 all year since 1992), `YYYY-MM-DD`. */
export const regionDay = (epochMs: number): string =>
  new Date(epochMs + regionOffsetMs).toISOString().slice(0, 10);
