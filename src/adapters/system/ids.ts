import { randomFillSync } from 'node:crypto';

import type { Clock } from '../../ports/clock.js';
import type { Ids } from '../../ports/ids.js';

const poolBytes = 16 * 256;

/**
 * UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then a 12-bit counter that starts at random each
 * millisecond and counts up within it (method 1), so that ids minted here sort by time; the rest is random.
 */
export function createIds(clock: Clock): Ids {
  const pool = Buffer.alloc(poolBytes);
  let offset = poolBytes;
  let lastMs = 0;
  let counter = 0;

  function take(bytes: number): Buffer {
    if (offset + bytes > poolBytes) {
      randomFillSync(pool);
      offset = 0;
    }
    offset += bytes;
    return pool.subarray(offset - bytes, offset);
  }

  return {
    uuid() {
      const random = take(16);
      const now = clock.now();
      if (now > lastMs) {
        lastMs = now;
        counter = random.readUInt16BE(0) & 0x7ff;
      } else if (++counter > 0xfff) {
        lastMs += 1;
        counter = random.readUInt16BE(0) & 0x7ff;
      }
      const variant = ((random[8] ?? 0) & 0x3f) | 0x80;
      const time = lastMs.toString(16).padStart(12, '0');
      const tail = random.toString('hex', 10, 16);
      const third = (0x7000 | counter).toString(16);
      const fourth = ((variant << 8) | (random[9] ?? 0)).toString(16);
      return `${time.slice(0, 8)}-${time.slice(8)}-${third}-${fourth}-${tail}`;
    },
  };
}
