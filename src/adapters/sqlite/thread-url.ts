import { extname } from 'node:path';

/** The entry file of a thread beside this file: compiled where this one is, source where this one is. */
export const threadUrl = (name: string): URL =>
  new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
