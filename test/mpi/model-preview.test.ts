import { expect } from 'chai';

import {
  builtInModel,
  comparePartitions,
  toLibrary,
  type FieldModel,
  type LinkChange,
  type LinkedPair,
  type MatchModel,
} from '../../src/domain/mpi/index.js';
import { fhirRequest, type Json } from '../support/fhir-request.js';
import { modelsUntil, operate, runJob, sendPopulation } from '../support/model-requests.js';
import { personsAt, settled } from '../support/mpi-requests.js';
import { startNode, type TestNode } from '../support/start-node.js';

const levels: Readonly<Record<string, Partial<FieldModel>>> = {
  // Hardly any evidence.
  phone: { m: [1, 0.4998, 0.0002, 0.5], u: [1, 0.5198, 0.0002, 0.48], r: [1, 0.4998, 0.0002, 0.5] },
  // Evidence like a document's.
  home: { u: [1, 0.986, 0.0099, 0.0041, 0.000002] },
};

/** Links on a home where the built-in one links on a telephone. */
const other: MatchModel = {
  ...builtInModel,
  version: 'other',
  fields: builtInModel.fields.map((field) => ({ ...field, ...levels[field.name] })),
};

describe('the preview of a model', function () {
  this.timeout(120_000);
  let node: TestNode;
  let library = '';
  before(async () => {
    node = await startNode({ mpi: 'self' });
    await sendPopulation(node, 'preview', 600);
    const draft = toLibrary(other, { status: 'draft', date: '2026-11-28', description: 'other' });
    const { json } = await fhirRequest(`${node.base}/Library`, { method: 'POST', body: draft });
    library = json['id'] as string;
  });
  after(() => node.close());

  async function preview(): Promise<{ readonly made: LinkChange; readonly broken: LinkChange }> {
    const { change, state } = await runJob(node, `${library}/$preview`);
    if (!change) throw new Error(`the preview is ${state}`);
    return change;
  }

  it('tells the links that matching anew then makes and breaks, what people decided included', async () => {
    const bare = await preview();
    const [refused, kept, said] = [bare.made.pairs[0], bare.broken.pairs[0], bare.broken.pairs.at(-1)];
    if (!refused || !kept || !said || said === kept) throw new Error('this model changes too little');
    await decide(node, 'non-link', refused);
    await decide(node, 'link', kept);
    await replace(node, said);
    await settled(node);
    const told = await preview();
    expect(named(told.made)).to.not.include(nameOf(refused));
    expect(named(told.broken)).to.not.include.members([nameOf(kept)]).and.not.include(nameOf(said));
    expect(told.made.count).to.be.within(1, 100);
    expect(told.broken.count).to.be.within(1, 100);

    const before = await partitionAt(node);
    expect((await operate(node, `${library}/$activate`)).status).to.equal(200);
    await modelsUntil(node, ({ inUse }) => inUse.library === library && inUse.rematched);
    const { made, broken } = comparePartitions(before, await partitionAt(node));
    expect(named(told.made)).to.have.members(named(made));
    expect(named(told.broken)).to.have.members(named(broken));
  });
});

const nameOf = ({ first, second }: LinkedPair): string => [first, second].sort().join(' ');
const named = ({ pairs }: LinkChange): string[] => pairs.map(nameOf);

async function partitionAt(node: TestNode): Promise<Map<string, string>> {
  const persons = await personsAt(node);
  return new Map(persons.flatMap(({ id, patients }) => patients.map((patient) => [patient, id] as const)));
}

async function decide({ base }: TestNode, kind: string, { first, second }: LinkedPair): Promise<void> {
  const url = 'https://regional-hie.org/fhir/StructureDefinition/identity-decision';
  const item = [
    { type: 'source', resource: { reference: `Patient/${first}` } },
    { type: 'alternate', resource: { reference: `Patient/${second}` } },
  ];
  const body = { resourceType: 'Linkage', extension: [{ url, valueCode: kind }], active: true, item };
  const { status } = await fhirRequest(`${base}/Linkage`, { method: 'POST', body });
  expect(status).to.equal(201);
}

/** Its source says that the first record was replaced by the second. */
async function replace({ base }: TestNode, { first, second }: LinkedPair): Promise<void> {
  const url = `${base}/Patient/${first}`;
  const { json } = await fhirRequest(url);
  const { meta: _, ...patient } = json as Json;
  const link = [{ other: { reference: `Patient/${second}` }, type: 'replaced-by' }];
  const { status } = await fhirRequest(url, { method: 'PUT', body: { ...patient, link } });
  expect(status).to.equal(200);
}
