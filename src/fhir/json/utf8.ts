/** The text whose UTF-8 is [start, end) of `bytes`. */
export function decode(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('utf8', start, end);
}

/** The same where every byte is known to be ASCII. */
export function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('latin1', start, end);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Zero bytes behind an encoded text, so that a scan may look a little beyond its end. */
const ZEROES = 8;
/** Texts up to this many bytes share one buffer, which grows to the largest of them: fresh memory costs more than the copy. */
const SHARED_BYTES = 1 << 23;
let shared = Buffer.allocUnsafeSlow(1 << 18);

/** UTF-8 of `text` in `bytes`, followed by eight zero bytes; good until the next call. */
export function encode(text: string): { readonly bytes: Uint8Array; readonly length: number } {
  const bytes = bufferFor(text);
  const length = bytes.write(text, 'utf8');
  bytes.fill(0, length, length + ZEROES);
  return { bytes, length };
}

function bufferFor(text: string): Buffer {
  if (text.length * 3 + ZEROES <= shared.length) return shared;
  const size = Buffer.byteLength(text) + ZEROES;
  if (size <= shared.length) return shared;
  if (size > SHARED_BYTES) return Buffer.allocUnsafeSlow(size);
  shared = Buffer.allocUnsafeSlow(Math.min(SHARED_BYTES, size * 2));
  return shared;
}
