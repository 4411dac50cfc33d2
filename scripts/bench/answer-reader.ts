/** Ends a chunked body. JSON has no bare carriage return in it, so that it can't stand elsewhere. */
const lastChunk = Buffer.from('\r\n0\r\n\r\n');

/**
 * Finds where each HTTP/1.1 answer ends in the bytes of one connection, with Content-Length or chunked, and tells
 * whether it was a 2xx. Knows no more of HTTP than a load generator needs: one answer at a time, no trailers.
 */
export function createAnswerReader(onAnswer: (ok: boolean) => void): (bytes: Buffer) => void {
  let held: Buffer | undefined;
  let missing = 0;
  let tail: Buffer | undefined;
  let ok = false;

  function chunked(bytes: Buffer): void {
    tail = Buffer.concat([tail ?? Buffer.alloc(0), bytes.subarray(-lastChunk.length)]).subarray(
      -lastChunk.length,
    );
    if (!tail.equals(lastChunk)) return;
    tail = undefined;
    onAnswer(ok);
  }

  return (bytes) => {
    if (tail) return chunked(bytes);
    if (missing > 0) {
      missing -= bytes.length;
      if (missing <= 0) onAnswer(ok);
      return;
    }
    const data: Buffer = held ? Buffer.concat([held, bytes]) : bytes;
    const headEnd = data.indexOf('\r\n\r\n');
    held = headEnd < 0 ? data : undefined;
    if (headEnd < 0) return;
    const head = data.toString('latin1', 0, headEnd);
    ok = head.charCodeAt(9) === 0x32;
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) return chunked(data.subarray(headEnd + 2));
    missing = headEnd + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0) - data.length;
    if (missing <= 0) onAnswer(ok);
  };
}
