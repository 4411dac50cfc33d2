import { STATUS_CODES } from 'node:http';

/** `201 Created`, the form of Bundle.entry.response.status. */
export const statusText = (status: number): string =>
  `${String(status)} ${STATUS_CODES[status] ?? ''}`.trimEnd();
