import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { projectRoot } from './project-root.js';

/** The folder of public test data beside the project, or undefined where it is missing. */
export function sharedData(name: string): string | undefined {
  const root = process.env['RHIE_SHARED_DATA'] ?? resolve(projectRoot, '..', 'shared', 'data');
  const folder = join(root, name);
  return existsSync(folder) ? folder : undefined;
}

/** For the test that is skipped where the data is missing. */
export const sharedDataMissing = 'skipped: shared data not found';

/** Each Synthea bundle's resources, file by file. */
export function* syntheaBundles(
  folder: string,
): Generator<{ file: string; resources: Record<string, unknown>[] }> {
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json.gz')) continue;
    const bundle = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString('utf8')) as {
      entry: { resource?: Record<string, unknown> }[];
    };
    yield {
      file,
      resources: bundle.entry.flatMap((entry) => (entry.resource === undefined ? [] : [entry.resource])),
    };
  }
}
