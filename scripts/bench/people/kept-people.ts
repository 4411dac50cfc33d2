import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { generatePopulation } from '../../population/generate-population.js';
import type { InputBundle } from '../input.js';
import { startPeople } from '../network.js';
import { postBundles } from '../post-bundles.js';

/** Bumped where the generated people change. */
const edition = 1;
const patientsInBundle = 200;

const cacheFolder = join(process.env['RHIE_TEST_CACHE'] ?? join(homedir(), '.cache'), 'regional-hie');

/**
 * Copies the data of a node that holds the records of so many people, and no person index yet, into a folder. They are
 * loaded once and kept in the user's cache.
 */
export async function copyPeople(
  size: number,
  { target, say }: { readonly target: string; readonly say: (text: string) => void },
): Promise<void> {
  const kept = join(cacheFolder, `people-${String(size)}-${String(edition)}`);
  if (!existsSync(kept)) await fill(size, { kept, say });
  mkdirSync(target, { recursive: true });
  cpSync(kept, target, { recursive: true });
}

async function fill(
  size: number,
  { kept, say }: { readonly kept: string; readonly say: (text: string) => void },
): Promise<void> {
  say(`loading the records of ${size.toLocaleString('en')} people, once`);
  const home = `${kept}.filling`;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const node = await startPeople(home, 'off');
  await postBundles(node, bundlesOf(peopleBodies(`people-${String(size)}`, size)), 4);
  await node.stop();
  renameSync(node.data, kept);
  rmSync(home, { recursive: true, force: true });
}

/** Patients of so many people as JSON texts, 30 % of them with a second record. */
export const peopleBodies = (seed: string, size: number): string[] =>
  generatePopulation({ seed, size }).map(({ patient: { id: _, ...patient } }) => JSON.stringify(patient));

function bundlesOf(bodies: readonly string[]): InputBundle[] {
  const bundles: InputBundle[] = [];
  for (let from = 0; from < bodies.length; from += patientsInBundle) {
    const part = bodies.slice(from, from + patientsInBundle);
    const entries = part.map(
      (body, place) =>
        `{"fullUrl":"urn:uuid:00000000-0000-4000-8000-${String(place).padStart(12, '0')}","resource":${body},"request":{"method":"POST","url":"Patient"}}`,
    );
    const text = `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`;
    bundles.push({ name: `people from ${String(from)}`, body: Buffer.from(text), records: part.length });
  }
  return bundles;
}
