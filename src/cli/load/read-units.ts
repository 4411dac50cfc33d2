import { basename } from 'node:path';
import { createInterface } from 'node:readline';

import { type InputFile, openText } from './input-files.js';
import { type LoadRow, type LoadUnit, unitOfRows } from './load-unit.js';

/** A file, or a part of one, that can't be sent at all. */
export class UnreadableInput extends Error {}

const chunkRows = 200;
const chunkLength = 1_000_000;

/**
 * What a file holds, as requests. Bundles of type batch and transaction go as they are; any other resource, and every
 * line of an .ndjson file, becomes an entry of a batch. What can't be read is given as UnreadableInput, and the rest of
 * the file goes on.
 */
export async function* readUnits(file: InputFile): AsyncGenerator<LoadUnit | UnreadableInput> {
  const name = basename(file.path);
  try {
    if (file.lines) yield* readLines(file.path, name);
    else yield readWhole(name, await readText(file.path));
  } catch (error) {
    if (error instanceof UnreadableInput) yield error;
    else
      yield new UnreadableInput(
        `${name}: can't be read (${error instanceof Error ? error.message : 'error'})`,
      );
  }
}

async function readText(path: string): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of openText(path)) parts.push(part as Buffer);
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

function readWhole(name: string, text: string): LoadUnit {
  const value = parse(name, text);
  const { type } = value;
  if (value.resourceType === 'Bundle' && (type === 'batch' || type === 'transaction')) {
    return { name, text, kind: type };
  }
  return unitOfRows(name, [rowOf(name, text, value)]);
}

async function* readLines(path: string, name: string): AsyncGenerator<LoadUnit | UnreadableInput> {
  let rows: LoadRow[] = [];
  let length = 0;
  let line = 0;
  let first = 1;
  const unit = (): LoadUnit => unitOfRows(`${name} lines ${first}-${line}`, rows);
  for await (const text of createInterface({ input: openText(path), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    const place = `${name} line ${line}`;
    try {
      rows.push(rowOf(place, text, parse(place, text)));
      length += text.length;
    } catch (error) {
      if (!(error instanceof UnreadableInput)) throw error;
      yield error;
    }
    if (rows.length < chunkRows && length < chunkLength) continue;
    yield unit();
    [rows, length, first] = [[], 0, line + 1];
  }
  if (rows.length > 0) yield unit();
}

interface Described {
  readonly resourceType?: unknown;
  readonly type?: unknown;
  readonly id?: unknown;
}

/** The parser's message quotes the text around the fault, which may be a patient's: it is left out. */
function parse(name: string, text: string): Described {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableInput(`${name}: not readable as JSON`);
  }
  if (typeof value !== 'object' || value === null) throw new UnreadableInput(`${name}: no JSON object`);
  return value;
}

function rowOf(name: string, text: string, value: Described): LoadRow {
  const { resourceType: type, id } = value;
  if (typeof type !== 'string' || !/^[A-Z][A-Za-z]+$/.test(type)) {
    throw new UnreadableInput(`${name}: no FHIR resource (resourceType is missing)`);
  }
  return { name, text, type, ...(typeof id === 'string' ? { id } : {}) };
}
