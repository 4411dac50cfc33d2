const codes: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'];

/** An error of Node's socket that the driver hands on as it is: it wrote on a connection that the server had ended. */
export const isSocketError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && codes.includes(error.code);
