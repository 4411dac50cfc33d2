import type { Bundle, Observation } from 'fhir/r4.js';

import { numberMark, type Shot } from './fire.js';
import { getJson } from './network.js';
import type { Target } from './post-bundles.js';

const observations = 200;
const pageSize = 20;
const mostCodes = 10;

/** Observations of a loaded server from its first pages, as long as it makes them. */
export async function readSamples({ base, headers }: Target): Promise<Observation[]> {
  const found: Observation[] = [];
  let url: string | undefined = `${base}/Observation?_count=${observations}`;
  while (url !== undefined && found.length < observations) {
    const page: Bundle<Observation> = await getJson(url, headers);
    found.push(...(page.entry ?? []).flatMap(({ resource }) => resource ?? []));
    url = page.link?.find(({ relation }) => relation === 'next')?.url;
  }
  if (found.length < observations)
    throw new Error(`${observations} Observations are needed, ${found.length} were found`);
  return found.slice(0, observations);
}

/** Reads of these Observations. */
export const readShots = (target: Target, samples: readonly Observation[]): Shot[] =>
  samples.map(({ id }) => shotOf(target, `Observation/${id ?? ''}`));

/** Token searches by codes of these Observations whose page is full. */
export async function searchShots(target: Target, samples: readonly Observation[]): Promise<Shot[]> {
  const codes = new Set(
    samples.flatMap(({ code }) =>
      (code.coding ?? []).map(({ system, code: value }) => `${system ?? ''}|${value ?? ''}`),
    ),
  );
  const shots: Shot[] = [];
  for (const code of codes) {
    if (shots.length === mostCodes) break;
    const shot = shotOf(target, `Observation?code=${encodeURIComponent(code)}&_count=${pageSize}`);
    const page = JSON.parse(await answerTo(target, shot)) as Bundle;
    if (page.entry?.length === pageSize) shots.push(shot);
  }
  if (shots.length === 0) throw new Error(`no code fills a page of ${pageSize}`);
  return shots;
}

/** Creates of Observations as these, of the same Patients, each with an identifier of its own. */
export const createShots = ({ base, headers }: Target, samples: readonly Observation[]): Shot[] =>
  samples.map((sample) => {
    const { id: _id, meta: _meta, encounter: _encounter, ...kept } = sample;
    const body = { ...kept, identifier: [{ system: 'urn:bench', value: numberMark }] };
    return {
      method: 'POST',
      path: `${new URL(base).pathname}/Observation`,
      headers: { ...headers, accept: json, 'content-type': json },
      body: JSON.stringify(body),
    };
  });

const json = 'application/fhir+json';

const shotOf = ({ base, headers }: Target, path: string): Shot => ({
  method: 'GET',
  path: `${new URL(base).pathname}/${path}`,
  headers: { ...headers, accept: json },
});

/** The body that a server answers to a GET; throws unless it answers 200. */
export async function answerTo({ base }: Target, { path, headers }: Shot): Promise<string> {
  const answer = await fetch(new URL(path, base), { headers: { ...headers } });
  if (answer.status !== 200) throw new Error(`a sample was answered ${answer.status}`);
  return answer.text();
}
