import { createHash } from 'node:crypto';

import { versionName, type VersionName } from '../../fhir/key.js';
import type { DigestRow } from '../../ports/store.js';

export type DigestPair = DigestRow['digest'];

/** The sum of two sums, each modulo 2^32. */
export const addDigests = (a: DigestPair, b: DigestPair): DigestPair => [
  (a[0] + b[0]) >>> 0,
  (a[1] + b[1]) >>> 0,
];

/** What one version adds to a sum (ports/store.ts, DigestRow.digest). */
export function digestOf(version: VersionName & { readonly hash: string }): DigestPair {
  const hashed = createHash('sha256')
    .update(`${versionName(version)}/${version.hash}`)
    .digest();
  return [hashed.readUInt32BE(0), hashed.readUInt32BE(4)];
}
