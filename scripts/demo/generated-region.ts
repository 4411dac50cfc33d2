import { loadUnits } from '../../src/cli/load/load-units.js';
import type { LoadUnit } from '../../src/cli/load/load-unit.js';
import type { PatientClient } from '../../src/cli/load/send-patiently.js';
import { city } from '../region/divisions.js';
import { generateRegion, type Region, type RegionBundle } from '../region/generate-region.js';
import { createInstitutions, type Institution } from '../region/institutions.js';
import type { PatientRecord } from '../region/patient-records.js';
import type { NodeAccess } from '../network/node-access.js';
import { showProgress } from './progress.js';
import { addCounts, countyIds, type DemoNodes, directoryClient, type Scenario } from './scenario.js';

const seed = 'xiangyang';
/** Counties with a node of their own, by GB/T 2260; everybody else is a client of the city. */
const nodeOf = new Map<string, string>([
  ['420624', countyIds[0]],
  ['420683', countyIds[1]],
]);
const cityId = 'city';
const parallel = 12;

interface RegionUnit extends LoadUnit {
  readonly target: PatientClient;
  readonly adds: ReadonlyMap<string, number>;
  readonly record?: PatientRecord;
}

/** A generated region of so many people, each hospital a client of its node. */
export function generatedRegion(size: number): Scenario {
  const institutions = createInstitutions(seed);
  const expected = new Map<string, number>();
  const truth = new Map<string, number>();

  async function send(units: Iterable<RegionUnit>, job: Job): Promise<void> {
    await loadUnits(
      {
        units,
        targetOf: (unit) => unit.target,
        parallel: job.parallel,
        onAnswer(unit, result) {
          if (result.refused.length === 0) {
            addCounts(expected, unit.adds);
            if (unit.record) truth.set(unit.record.number, unit.record.person);
          }
          job.onAnswer();
        },
      },
      job.totals,
    );
  }

  return {
    clientsOf: (nodeId) => [
      ...(nodeId === cityId ? [{ id: directoryClient, source: 'xiangyang-commission' }] : []),
      ...institutions
        .filter((institution) => nodeIdOf(institution) === nodeId)
        .map(({ code }) => ({ id: clientOf(code), source: code })),
    ],
    async loadDirectory(nodes, totals) {
      const progress = showProgress('directory');
      const bundles = [...regionFor(nodes, size).directory()];
      let done = 0;
      const onAnswer = (): void => progress.update((done += 1), bundles.length);
      const target = nodes.city.client(directoryClient);
      const units = bundles.map((bundle, place) => unitOf(`directory ${place + 1}`, bundle, target));
      await send(units.slice(0, 1), { totals, parallel: 1, onAnswer });
      await send(units.slice(1), { totals, parallel: 4, onAnswer });
      progress.stop();
    },
    async loadRecords(nodes, totals) {
      const progress = showProgress('visits');
      const region = regionFor(nodes, size);
      let [made, done] = [0, 0];
      await send(
        visitUnits(region, nodes, () => (made += 1)),
        {
          totals,
          parallel,
          onAnswer: () => progress.update((done += 1), made),
        },
      );
      progress.stop();
    },
    expected: () => expected,
    truth: () => truth,
  };
}

interface Job {
  readonly totals: Parameters<typeof loadUnits>[1];
  readonly parallel: number;
  readonly onAnswer: () => void;
}

const clientOf = (code: string): string => `his-${code}`;
const nodeIdOf = ({ area }: Institution): string => nodeOf.get(area) ?? cityId;

function regionFor(nodes: DemoNodes, size: number): Region {
  const bases = new Map<string, string>([[city.code, nodes.city.base]]);
  for (const county of nodes.counties) {
    for (const [area, id] of nodeOf) if (id === county.node.id) bases.set(area, county.base);
  }
  return generateRegion({ seed, size, nodes: bases });
}

function* visitUnits(region: Region, nodes: DemoNodes, onMade: () => void): Generator<RegionUnit> {
  const byId = new Map<string, NodeAccess>(
    [nodes.city, ...nodes.counties].map((node) => [node.node.id, node]),
  );
  let number = 0;
  for (const visit of region.visits()) {
    const { institution, record } = visit;
    const target = byId.get(nodeIdOf(institution))?.client(clientOf(institution.code));
    if (!target) throw new Error(`no node for ${institution.area}`);
    number += 1;
    onMade();
    yield { ...unitOf(`visit ${number}`, visit, target), record };
  }
}

const unitOf = (name: string, { text, adds }: RegionBundle, target: PatientClient): RegionUnit => ({
  name,
  kind: 'transaction',
  text,
  adds,
  target,
});
