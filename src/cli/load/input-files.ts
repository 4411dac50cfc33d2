import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';

import { directoryTypes } from '../../fhir/lane.js';

export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  readonly lines: boolean;
  /** Files of a lower stage are loaded before those of a higher one, since what follows refers to them. */
  readonly stage: Stage;
}

/** 0: batch Bundles; 1: institutions and practitioners; 2: people; 3: encounters and devices; 4: everything else. */
export type Stage = 0 | 1 | 2 | 3 | 4;

const pattern = /\.(?:json|ndjson)(?:\.gz)?$/;
const people: ReadonlySet<string> = new Set(['Patient', 'Person', 'RelatedPerson', 'Group']);
const frames: ReadonlySet<string> = new Set([
  'Encounter',
  'EpisodeOfCare',
  'Device',
  'Medication',
  'Substance',
]);

/**
 * Files given, and those in folders given (.json, .ndjson, either with .gz), by stage and then by name. Throws an Error
 * that names a path that is not there or of another kind.
 */
export async function findInputFiles(paths: readonly string[]): Promise<InputFile[]> {
  const found = (await Promise.all(paths.map(listPath))).flat();
  const files: InputFile[] = [];
  for (const { path, bytes } of found) {
    const lines = /\.ndjson(?:\.gz)?$/.test(path);
    files.push({ path, bytes, lines, stage: stageOf(await readHead(path)) });
  }
  return files.sort((one, other) => one.stage - other.stage || (one.path < other.path ? -1 : 1));
}

async function listPath(path: string): Promise<{ path: string; bytes: number }[]> {
  const about = await stat(path).catch(() => undefined);
  if (!about) throw new Error(`there is no ${path}`);
  if (about.isFile()) {
    if (!pattern.test(path)) throw new Error(`${path} is neither .json nor .ndjson (nor either with .gz)`);
    return [{ path, bytes: about.size }];
  }
  const names = (await readdir(path, { recursive: true })).filter((name) => pattern.test(name));
  return Promise.all(
    names.map(async (name) => ({ path: join(path, name), bytes: (await stat(join(path, name))).size })),
  );
}

/** The text of a file as it unfolds. A damaged .gz rejects. */
export function openText(path: string): NodeJS.ReadableStream {
  const raw = createReadStream(path);
  if (!path.endsWith('.gz')) return raw;
  const unzip = createGunzip();
  raw.on('error', (error) => unzip.destroy(error));
  return raw.pipe(unzip);
}

const headBytes = 65_536;

async function readHead(path: string): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of openText(path)) {
      parts.push(part as Buffer);
      bytes += part.length;
      if (bytes >= headBytes) break;
    }
  } catch {
    // Reading it whole says what is wrong with it, in its turn.
  }
  return Buffer.concat(parts).toString('utf8');
}

/** From the first resourceType and, for a Bundle, the type that stands before its entries. */
function stageOf(head: string): Stage {
  const type = /"resourceType"\s*:\s*"(\w+)"/.exec(head)?.[1] ?? '';
  if (type === 'Bundle') {
    const entries = head.search(/"entry"\s*:/);
    const front = entries < 0 ? head : head.slice(0, entries);
    return /"type"\s*:\s*"batch"/.test(front) ? 0 : 4;
  }
  if (directoryTypes.has(type)) return 1;
  if (people.has(type)) return 2;
  return frames.has(type) ? 3 : 4;
}
