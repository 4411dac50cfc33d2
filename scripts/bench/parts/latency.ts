import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startChain, type Chain } from '../network.js';
import { atMost, type Measure } from '../report.js';
import type { BenchRun } from './bench-run.js';

interface Resource {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}

const samples = 120;
const pollMs = 3;
const restMs = 60;
const patienceMs = 20_000;

/** From the county's answer to a create until the province answers a read of it, everything else idle. */
export async function measureLatency({ folder, store, say }: BenchRun): Promise<Measure[]> {
  const chain = await startChain(store, join(folder, 'latency'));
  try {
    const patient = await create(chain, { resourceType: 'Patient', active: true });
    await untilVisible(chain, patient);
    const times: number[] = [];
    for (let number = 1; number <= samples; number++) {
      await pause(restMs + (number % 7) * 5);
      const path = await create(chain, observationOf(patient, number));
      const committed = performance.now();
      await untilVisible(chain, path);
      times.push(performance.now() - committed);
    }
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
    say(`latency: p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms`);
    return [
      {
        name: 'commit at the county to visible at the province, p95',
        value: at(0.95),
        unit: 'ms',
        ...atMost(store.wanted.visibleMs),
        note: `p50 ${at(0.5).toFixed(1)} ms, ${samples} samples`,
      },
    ];
  } finally {
    await chain.discard();
  }
}

const observationOf = (patient: string, number: number): Resource => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
  subject: { reference: patient },
  effectiveDateTime: '2026-01-01T08:00:00+08:00',
  valueQuantity: {
    value: 50 + (number % 60),
    unit: '/min',
    system: 'http://unitsofmeasure.org',
    code: '/min',
  },
});

/** Type and id of what was made at the county. */
async function create({ county }: Chain, resource: Resource): Promise<string> {
  const answer = await fetch(`${county.base}/${resource.resourceType}`, {
    method: 'POST',
    headers: { ...county.headers, 'content-type': 'application/fhir+json' },
    body: JSON.stringify(resource),
  });
  const made = (await answer.json()) as { resourceType: string; id: string };
  if (answer.status !== 201) throw new Error(`a create was answered ${answer.status}`);
  return `${made.resourceType}/${made.id}`;
}

async function untilVisible({ province }: Chain, path: string): Promise<void> {
  const ends = Date.now() + patienceMs;
  for (;;) {
    const answer = await fetch(`${province.base}/${path}`, { headers: province.headers });
    await answer.arrayBuffer();
    if (answer.status === 200) return;
    if (Date.now() > ends) throw new Error(`the province does not show a new record (${answer.status})`);
    await pause(pollMs);
  }
}
