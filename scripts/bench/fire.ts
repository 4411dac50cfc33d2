import { connect, type Socket } from 'node:net';

export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface FireResult {
  readonly perSecond: number;
  readonly p95Ms: number;
  /** Answers other than 2xx, and broken connections. */
  readonly failed: number;
}

interface Tally {
  ok: number;
  failed: number;
  readonly timesMs: number[];
}

/**
 * Keeps some connections busy with the shots in turn. Written on bare sockets with requests encoded beforehand: it
 * shares two cores with the server, so a comfortable client would measure itself.
 */
export async function fire(
  origin: string,
  shots: readonly Shot[],
  options: { readonly connections: number; readonly seconds: number },
): Promise<FireResult> {
  const { hostname, port } = new URL(origin);
  const requests = shots.map((shot) => encode(shot, `${hostname}:${port}`));
  const tally: Tally = { ok: 0, failed: 0, timesMs: [] };
  const started = performance.now();
  const ends = started + options.seconds * 1000;
  let next = 0;
  const take = (): Buffer | undefined =>
    performance.now() < ends ? requests[next++ % requests.length] : undefined;
  await Promise.all(
    Array.from({ length: options.connections }, () => keepBusy(connect(Number(port), hostname), take, tally)),
  );
  const seconds = (performance.now() - started) / 1000;
  tally.timesMs.sort((a, b) => a - b);
  return {
    perSecond: tally.ok / seconds,
    p95Ms: tally.timesMs[Math.floor(tally.timesMs.length * 0.95)] ?? Number.NaN,
    failed: tally.failed,
  };
}

function encode(shot: Shot, host: string): Buffer {
  const body = Buffer.from(shot.body ?? '');
  const headers = {
    host,
    ...shot.headers,
    ...(body.length > 0 ? { 'content-length': String(body.length) } : {}),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${shot.method} ${shot.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** One connection: request, answer, request … until there is nothing to take. */
function keepBusy(socket: Socket, take: () => Buffer | undefined, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    let sentAt = 0;
    let missing = 0;
    let held: Buffer | undefined;
    const send = (): void => {
      const request = take();
      if (!request) return void socket.end();
      sentAt = performance.now();
      socket.write(request);
    };
    const answered = (): void => {
      tally.timesMs.push(performance.now() - sentAt);
      send();
    };
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      if (missing > 0) {
        missing -= chunk.length;
        if (missing <= 0) answered();
        return;
      }
      const data: Buffer = held ? Buffer.concat([held, chunk]) : chunk;
      const headEnd = data.indexOf('\r\n\r\n');
      held = headEnd < 0 ? data : undefined;
      if (headEnd < 0) return;
      const head = data.toString('latin1', 0, headEnd);
      if (head.charCodeAt(9) === 0x32) tally.ok += 1;
      else tally.failed += 1;
      missing = headEnd + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0) - data.length;
      if (missing <= 0) answered();
    });
    socket.on('error', () => (tally.failed += 1));
    socket.on('close', () => resolve());
  });
}

/** Runs two sides in turn, `rounds` times, and gives the medians: neighbours on the machine then hurt both alike. */
export async function sideBySide(
  rounds: number,
  ours: () => Promise<FireResult>,
  bare: () => Promise<FireResult>,
): Promise<{ readonly ours: FireResult; readonly bare: FireResult; readonly ratio: number }> {
  const results: { ours: FireResult; bare: FireResult }[] = [];
  for (let round = 0; round < rounds; round++) results.push({ bare: await bare(), ours: await ours() });
  return {
    ours: medianResult(results.map((round) => round.ours)),
    bare: medianResult(results.map((round) => round.bare)),
    ratio: median(results.map((round) => round.ours.perSecond / round.bare.perSecond)),
  };
}

/** The lower median. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

const medianResult = (results: readonly FireResult[]): FireResult => ({
  perSecond: median(results.map((result) => result.perSecond)),
  p95Ms: median(results.map((result) => result.p95Ms)),
  failed: results.reduce((sum, result) => sum + result.failed, 0),
});
