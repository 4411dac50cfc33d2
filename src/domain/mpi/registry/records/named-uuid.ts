import { createHash } from 'node:crypto';

/** Drawn once for these ids. */
const namespace = Buffer.from('5d4c1f0e9a3b4c6d8e7f102132435465', 'hex');

/** UUID v5 of a name: the same thing is given the same id wherever and whenever it is made. */
export function namedUuid(name: string): string {
  const digest = createHash('sha1').update(namespace).update(name).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
