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
import { fhirRequest } from '../support/fhir-request.js';
import { modelsUntil, operate, runJob, sendPopulation } from '../support/model-requests.js';
import { personsAt, settled } from '../support/mpi-requests.js';
import { startNode, type TestNode } from '../support/start-node.js';

/** Birth date and documents say little. */
const careless: Readonly<Record<string, Partial<FieldModel>>> = {
  birthDate: { m: [1, 0.3, 0.1, 0.1, 0.5], u: [1, 0.7, 0.05, 0.05, 0.2], r: [1, 0.3, 0.1, 0.1, 0.5] },
  identifier: {
    m: [1, 0.4, 0.1, 0.0999, 0.0001, 0.4],
    u: [1, 0.5, 0.1, 0.0999, 0.0001, 0.3],
    r: [1, 0.4, 0.1, 0.0999, 0.0001, 0.4],
  },
};
const first: MatchModel = {
  ...builtInModel,
  version: 'careless',
  fields: builtInModel.fields.map((field) => ({ ...field, ...careless[field.name] })),
};
/** Makes some links that the first does not, and wants more evidence for others. */
const second: MatchModel = { ...builtInModel, version: 'strict', prior: builtInModel.prior / 10_000 };

describe('the preview of a model', function () {
  this.timeout(120_000);
  let node: TestNode;
  let library = '';
  before(async () => {
    node = await startNode({ mpi: 'self' });
    await sendPopulation(node, 'preview', 600);
    await activate(await keep(first));
    library = await keep(second);
  });
  after(() => node.close());

  async function keep(model: MatchModel): Promise<string> {
    const facts = { status: 'draft', date: '2026-11-28', description: model.version } as const;
    const body = toLibrary(model, facts);
    return (await fhirRequest(`${node.base}/Library`, { method: 'POST', body })).json['id'] as string;
  }

  /** Resolves when everybody is matched by it. */
  async function activate(id: string): Promise<void> {
    expect((await operate(node, `${id}/$activate`)).status).to.equal(200);
    await modelsUntil(node, ({ inUse }) => inUse.library === id && inUse.rematched);
  }

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
    expect(named(told.broken)).to.not.include(nameOf(kept)).and.not.include(nameOf(said));
    expect(told.made.count).to.be.within(1, 100);
    expect(told.broken.count).to.be.within(1, 100);

    const before = await partitionAt(node);
    await activate(library);
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
  const { meta: _, ...patient } = json;
  const link = [{ other: { reference: `Patient/${second}` }, type: 'replaced-by' }];
  const { status } = await fhirRequest(url, { method: 'PUT', body: { ...patient, link } });
  expect(status).to.equal(200);
}
