import { expect } from 'chai';
import type { Patient, Person } from 'fhir/r4.js';

import type { NodeAccess } from '../../scripts/network/node-access.js';
import { generatePopulation } from '../../scripts/population/generate-population.js';
import { sendPatiently } from '../../src/cli/load/send-patiently.js';
import { mongoServer, sayNoMongo } from '../support/mongo-server.js';
import { startProcessRegion, type ProcessRegion } from '../support/node-processes.js';
import { residentSystem } from '../support/patients.js';
import {
  activePersons,
  lapseLimitMs,
  patientsOf,
  untilRegistered,
  waitingAt,
} from '../support/process-persons.js';
import { eventually } from '../support/region.js';

const count = 3;
const people = 60;
const merges = 10;

if (mongoServer === undefined) sayNoMongo();
else personTests(mongoServer);

/** The person index of an identity domain that runs as several processes. */
function personTests(server: string): void {
  describe('persons at several processes of one node', function () {
    this.timeout(180_000);
    let region: ProcessRegion;
    const bodies = bodiesOf(people);
    /** Ids of the Patients of each one of the people. */
    const records = bodies.map((): string[] => []);

    before(async () => {
      region = await startProcessRegion(server, { count, alone: true });
    });
    after(async () => {
      // Undefined where it did not come up.
      await (region as ProcessRegion | undefined)?.close();
    });

    /** Sends a record of each one of some people to all processes at once, the records of one to different ones. */
    const register = async (whom: readonly number[], round: number): Promise<void> => {
      await Promise.all(
        whom.map(async (person) => {
          const id = await sendRecord(
            at(person + round),
            bodies[person],
            `${String(round)}-${String(person)}`,
          );
          records[person]?.push(id);
        }),
      );
    };
    const at = (place: number): NodeAccess => {
      const access = region.accesses[place % count];
      if (!access) throw new Error('there are several processes');
      return access;
    };
    const everybody = bodies.map((_, person) => person);
    const holder = (): number => region.holderOf('mpi');
    /** Each process is asked, and says the same. */
    const settledPersons = async (): Promise<Person[]> => {
      await Promise.all(region.accesses.map((access) => untilRegistered(access)));
      const told = await Promise.all(region.accesses.map(activePersons));
      for (const persons of told) expect(persons).to.deep.equal(told[0]);
      return told[0] ?? [];
    };
    const personsTotal = (): Promise<number> => at(0).count('Person');

    it('are one for each of the people when the process that makes them is killed', async () => {
      await eventually(() => holder() >= 0);
      const killed = holder();
      const sending = Promise.all([register(everybody, 1), register(everybody, 2)]);
      await eventually(() => records.flat().length > people / 3);
      await region.processes[killed]?.kill();
      await eventually(() => holder() !== killed, lapseLimitMs);
      await region.processes[killed]?.start();
      await sending;
      expectTogether(await settledPersons(), records);
      expect(await personsTotal()).to.equal(people);
    });

    it('stay one when the process that makes them sleeps through its lease and wakes', async () => {
      const asleep = holder();
      const { pid = 0 } = region.processes[asleep] ?? {};
      const sending = register(everybody, 3);
      await eventually(() => records.flat().length > 2 * people + people / 6);
      process.kill(pid, 'SIGSTOP');
      try {
        await eventually(() => holder() !== asleep, lapseLimitMs);
        await eventually(async () => (await waitingAt(at(holder()))) === 0);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await sending;
      expectTogether(await settledPersons(), records);
      expect(await personsTotal()).to.equal(people);
    });

    it('stand as merged at processes that do not make them, while records of them arrive', async () => {
      const before = await settledPersons();
      const pairs = Array.from({ length: merges }, (_, pair) => [pair, merges + pair] as const);
      const personOf = (person: number): string => idOfMember(before, records[person]?.[0]);
      const elsewhere = [0, 1, 2].filter((place) => place !== holder());
      const merging = pairs.map(([from, into], pair) =>
        merge(at(elsewhere[pair % elsewhere.length] ?? 0), personOf(from), personOf(into)),
      );
      await Promise.all([...merging, register(pairs.flat(), 4)]);
      await settledPersons();
      // The records that it was merged over are looked at anew.
      await register(pairs.flat(), 5);
      const after = await settledPersons();
      const together = [
        ...pairs.map(([from, into]) => [...(records[from] ?? []), ...(records[into] ?? [])]),
        ...records.slice(2 * pairs.length),
      ];
      expectTogether(after, together);
      for (const [from, into] of pairs) {
        expect(idOfMember(after, records[from]?.[0])).to.equal(personOf(into));
        expect(await mergedInto(at(from), personOf(from))).to.equal(personOf(into));
      }
      expect(await personsTotal()).to.equal(people);
    });
  });
}

/** One of each household that has a telephone; the first, which will be merged into others, without the number of an id. */
function bodiesOf(size: number): Patient[] {
  const phones = new Set<string>();
  const bodies: Patient[] = [];
  for (const { patient, id } of generatePopulation({ seed: 'persons', size: 5 * size, secondShare: 0 })) {
    const { id: _, identifier = [], ...body } = patient;
    const phone = body.telecom?.[0]?.value;
    if (id !== 'own' || !body.address || phone === undefined || phones.has(phone)) continue;
    phones.add(phone);
    const kept = identifier.filter(({ system }) => bodies.length >= merges && system === residentSystem);
    bodies.push({ ...body, ...(kept.length > 0 ? { identifier: kept } : {}) });
    if (bodies.length === size) return bodies;
  }
  throw new Error('the population has too few households');
}

async function sendRecord(access: NodeAccess, body: unknown, requestId: string): Promise<string> {
  const answer = await sendPatiently(access.client('hospital'), {
    method: 'POST',
    path: 'Patient',
    headers: { 'X-Request-ID': `record-${requestId}` },
    body: JSON.stringify(body),
  });
  expect(answer.status).to.equal(201);
  return (answer.body as Patient).id ?? '';
}

/** The registrar may write one of the two in the same moment: the steward is asked to look again then. */
async function merge(access: NodeAccess, from: string, into: string): Promise<void> {
  const parameter = [
    { name: 'into', valueReference: { reference: `Person/${into}` } },
    { name: 'reason', valueString: 'seen by a steward' },
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  for (;;) {
    const path = `Person/${from}/$merge`;
    const { status } = await sendPatiently(access.client('hospital'), { method: 'POST', path, body });
    if (status === 200) return;
    expect(status).to.equal(409);
  }
}

const idOfMember = (persons: readonly Person[], patient = ''): string =>
  persons.find((person) => patientsOf(person).includes(patient))?.id ?? '';

async function mergedInto(access: NodeAccess, id: string): Promise<string | undefined> {
  const { body } = await sendPatiently(access.client('hospital'), { method: 'GET', path: `Person/${id}` });
  const { active, link } = body as Person;
  expect(active).to.equal(false);
  return link?.[0]?.target.reference?.replace('Person/', '');
}

/** These, and no others, are together in a Person each. */
function expectTogether(persons: readonly Person[], groups: readonly (readonly string[])[]): void {
  const asText = (ids: readonly string[]): string => [...ids].sort().join(' ');
  expect(persons.map((person) => asText(patientsOf(person))).sort()).to.deep.equal(groups.map(asText).sort());
}
