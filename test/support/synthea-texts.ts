import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The Synthea bundles as they would be posted. */
export function* syntheaTexts(folder: string): Generator<{ file: string; text: string }> {
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json.gz')) continue;
    yield { file, text: gunzipSync(readFileSync(join(folder, file))).toString('utf8') };
  }
}
