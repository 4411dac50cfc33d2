/** An error of Node's socket that the driver hands on as it is: it wrote on a connection that had ended. */
export const isSocketError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && /^(E[A-Z]+$|ERR_STREAM_)/.test(String(error.code));
