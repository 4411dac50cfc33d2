/** The text whose UTF-8 is [start, end) of `bytes`. */
export function decode(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** The same where every byte is known to be ASCII. */
export function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** Zero bytes behind an encoded text, so that a scan may look a little beyond its end. */
const ZEROES = 8;
/** Texts up to this many bytes share one buffer: most bodies are far smaller, and each is done with before the next. */
const SHARED_BYTES = 1 << 18;
const shared = Buffer.allocUnsafeSlow(SHARED_BYTES);

/** UTF-8 of `text` in `bytes`, followed by eight zero bytes; good until the next call. */
export function encode(text: string): { readonly bytes: Uint8Array; readonly length: number } {
  const fits = text.length * 3 + ZEROES <= SHARED_BYTES;
  const bytes = fits ? shared : Buffer.allocUnsafeSlow(Buffer.byteLength(text) + ZEROES);
  const length = bytes.write(text, 'utf8');
  bytes.fill(0, length, length + ZEROES);
  return { bytes, length };
}
