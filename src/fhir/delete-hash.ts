import { createHash } from 'node:crypto';

import { versionName, type VersionName } from './key.js';

/** The hash of a version without a body: SHA-256, in hexadecimal, of its name and its instant. */
export const deleteHash = (version: VersionName & { readonly lastUpdated: string }): string =>
  createHash('sha256')
    .update(`${versionName(version)}/${version.lastUpdated}`)
    .digest('hex');
