import { expect } from 'chai';

import {
  createOffer,
  createTopology,
  offeredForm,
  requireSettings,
  type ExchangeSettings,
  type Offer,
} from '../../src/domain/exchange/index.js';
import { sendingRefusal } from '../../src/domain/exchange/topology.js';
import { laneOf } from '../../src/fhir/lane.js';
import type { HistoryResult, StoredVersion } from '../../src/ports/store.js';

const restricted = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality|V';
const open = { excludeTypes: [], withholdLabels: [] };
const city: ExchangeSettings = {
  nodeId: 'city',
  directoryOwner: 'self',
  parent: { id: 'province', owners: ['province'] },
  children: [
    { id: 'county-a', owners: ['county-a', 'town-a'] },
    { id: 'county-b', owners: ['county-b'] },
  ],
  policy: { up: { ...open, excludeTypes: ['Communication'], withholdLabels: [restricted] }, down: open },
  batchBytes: 1_000_000,
};

const offerTo = (id: string, settings = city): Offer => {
  const neighbour = createTopology(settings).neighbour(id);
  if (!neighbour) throw new Error(`no neighbour ${id}`);
  return createOffer(settings, neighbour);
};

interface Facts {
  readonly type?: string;
  readonly owner?: string;
  readonly receivedFrom?: string;
  readonly versionId?: number;
  readonly labels?: readonly string[];
}

function versionOf(facts: Facts): StoredVersion {
  const { type = 'Observation', owner = 'city', receivedFrom = 'his', versionId = 1, labels = [] } = facts;
  return {
    key: { type, id: 'r1' },
    versionId,
    lastUpdated: `2026-01-0${String(versionId)}T00:00:00.000Z`,
    arrivedAt: '2026-01-09T00:00:00.000Z',
    deleted: false,
    body: '{}',
    hash: 'ab'.repeat(32),
    origin: { owner, source: 'hospital', receivedFrom, lane: laneOf(type) },
    routing: { profiles: [], labels },
  };
}

const holding = (...versions: StoredVersion[]): { history: () => Promise<HistoryResult> } => ({
  history: () => Promise.resolve({ versions, total: versions.length }),
});

const goes = async (facts: Facts, peer: string): Promise<boolean> => {
  const version = versionOf(facts);
  return (await offeredForm(holding(version), offerTo(peer), version)) === version;
};

describe('policy of a stream up', () => {
  it('lets go what this node and its subtree own', async () => {
    expect(await goes({ owner: 'city' }, 'province')).to.equal(true);
    expect(await goes({ owner: 'town-a', receivedFrom: 'county-a' }, 'province')).to.equal(true);
  });

  it('leaves out what the parent owns or sent', async () => {
    expect(await goes({ owner: 'province', receivedFrom: 'province' }, 'province')).to.equal(false);
    expect(await goes({ owner: 'city', receivedFrom: 'province' }, 'province')).to.equal(false);
  });

  it('leaves out excluded types, and all but the named ones', async () => {
    expect(await goes({ type: 'Communication' }, 'province')).to.equal(false);
    const only = { ...city, policy: { ...city.policy, up: { ...open, types: ['Patient'] } } };
    expect(offerTo('province', only).covers({ type: 'Patient', owner: 'city' })).to.equal(true);
    expect(offerTo('province', only).covers({ type: 'Observation', owner: 'city' })).to.equal(false);
  });

  it('withholds a record with a restricted label', async () => {
    expect(await goes({ labels: [restricted] }, 'province')).to.equal(false);
    expect(await goes({ labels: ['http://example.org|other'] }, 'province')).to.equal(true);
  });

  it('uses all lanes', () => {
    expect(offerTo('province').lanes).to.deep.equal(['workflow', 'clinical', 'bulk']);
  });
});

describe('policy of a stream down', () => {
  it('lets the directory go and nothing else', async () => {
    expect(await goes({ type: 'Organization' }, 'county-a')).to.equal(true);
    expect(await goes({ type: 'Patient' }, 'county-a')).to.equal(false);
    expect(await goes({ type: 'Observation' }, 'county-a')).to.equal(false);
  });

  it('leaves out what the child’s subtree owns, and lets its sisters’ part go', async () => {
    const facts = { type: 'Practitioner', owner: 'town-a', receivedFrom: 'county-a' };
    expect(await goes(facts, 'county-a')).to.equal(false);
    expect(await goes(facts, 'county-b')).to.equal(true);
  });

  it('uses the lane of the directory alone', () => {
    expect(offerTo('county-a').lanes).to.deep.equal(['workflow']);
  });
});

describe('retraction', () => {
  const first = versionOf({ versionId: 1 });
  const second = versionOf({ versionId: 2, labels: [restricted] });
  const third = { ...versionOf({ versionId: 3, labels: [restricted] }), deleted: true, body: '' };

  it('sends a version that became restricted without its body, as gone', async () => {
    const form = await offeredForm(holding(second, first), offerTo('province'), second);
    expect(form).to.include({ deleted: true, body: '', versionId: 2, lastUpdated: second.lastUpdated });
    expect(form?.hash)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(second.hash);
  });

  it('lets the delete of what was once offered go', async () => {
    const form = await offeredForm(holding(third, second, first), offerTo('province'), third);
    expect(form).to.include({ deleted: true, versionId: 3 });
  });

  it('says nothing of a record that was restricted from its first version on', async () => {
    const hidden = versionOf({ versionId: 1, labels: [restricted] });
    expect(await offeredForm(holding(second, hidden), offerTo('province'), second)).to.equal(undefined);
  });

  it('looks at earlier versions only', async () => {
    const hidden = versionOf({ versionId: 1, labels: [restricted] });
    const later = versionOf({ versionId: 2 });
    expect(await offeredForm(holding(later, hidden), offerTo('province'), hidden)).to.equal(undefined);
  });
});

describe('what a neighbour may send', () => {
  const topology = createTopology(city);
  const child = topology.neighbour('county-a');
  const parent = topology.neighbour('province');

  it('takes from a child what its subtree owns', () => {
    expect(child && sendingRefusal(child, { type: 'Patient', owner: 'town-a' })).to.equal(undefined);
    expect(child && sendingRefusal(child, { type: 'Patient', owner: 'county-b' })).to.contain('county-b');
    expect(child && sendingRefusal(child, { type: 'Patient', owner: 'city' })).to.contain('city');
  });

  it('takes from the parent the directory, but nothing owned below it', () => {
    expect(parent && sendingRefusal(parent, { type: 'Location', owner: 'province' })).to.equal(undefined);
    expect(parent && sendingRefusal(parent, { type: 'Patient', owner: 'province' })).to.contain('Patient');
    expect(parent && sendingRefusal(parent, { type: 'Location', owner: 'county-b' })).to.contain('county-b');
  });
});

describe('exchange settings', () => {
  it('are taken as they stand above', () => {
    expect(() => requireSettings(city)).to.not.throw();
  });

  it('are refused with all faults at once', () => {
    const policy = {
      up: { ...open, excludeTypes: ['Patents'], withholdLabels: ['V'] },
      down: { ...open, types: ['Patient', 'Organisation'] },
    };
    const children = [...city.children, { id: 'county-b', owners: [] }];
    expect(() => requireSettings({ ...city, policy, children }))
      .to.throw(/excludeTypes: Patents/)
      .with.property('message')
      .that.includes('withholdLabels: V')
      .and.includes('down.types: Patient does not go down')
      .and.includes('down.types: Organisation is no resource type')
      .and.includes('county-b stands twice');
  });
});
