import { expect } from 'chai';
import type { Person } from 'fhir/r4.js';

import type { NodeAccess } from '../../scripts/network/node-access.js';
import { fhirRequest, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { mongoServer, sayNoMongo } from '../support/mongo-server.js';
import { startProcessRegion, type ProcessRegion } from '../support/node-processes.js';
import { patient, residentId, type PatientSketch } from '../support/patients.js';
import { activePersons, patientsOf, untilRegistered } from '../support/process-persons.js';
import { askSteward, parameterOf, type StewardInput } from '../support/steward-requests.js';

const count = 2;

if (mongoServer === undefined) sayNoMongo();
else stewardTests(mongoServer);

/** Each request goes to another process than the one before; one of them makes the Persons. */
function stewardTests(server: string): void {
  describe('stewards at several processes of one node', function () {
    this.timeout(120_000);
    let region: ProcessRegion;
    let asked = 0;
    let people = 0;

    before(async () => {
      region = await startProcessRegion(server, { count, alone: true });
    });
    after(async () => {
      // Undefined where it did not come up.
      await (region as ProcessRegion | undefined)?.close();
    });

    const next = (): NodeAccess => {
      const access = region.accesses[asked++ % count];
      if (!access) throw new Error('there are several processes');
      return access;
    };
    const headersOf = async (access: NodeAccess) => ({
      Authorization: `Bearer ${await access.tokenOf('hospital')}`,
    });
    const request = async (path: string, body?: unknown): Promise<FhirAnswer> => {
      const access = next();
      const headers = await headersOf(access);
      const method = body === undefined ? 'GET' : 'POST';
      return fhirRequest(`${access.base}/${path}`, { method, headers, ...(body ? { body } : {}) });
    };
    const ask = async (path: string, input: StewardInput = {}): Promise<FhirAnswer> => {
      const access = next();
      return askSteward(access, path, { ...input, headers: await headersOf(access) });
    };

    /** Somebody whom no test before had to do with. */
    const somebody = () => {
      const serial = people++;
      const birthDate = `19${String(50 + serial)}-0${String(1 + (serial % 9))}-12`;
      const gender = 'male' as const;
      return {
        name: `周${String.fromCodePoint(0x5e00 + 7 * serial)}梅`,
        birthDate,
        gender,
        residentId: residentId('420602', birthDate, String(101 + 2 * serial)),
        phone: `100${String(serial).padStart(8, '0')}`,
      };
    };
    const send = async (sketch: PatientSketch): Promise<string> => {
      const answer = await request('Patient', patient(sketch));
      expect(answer.status).to.equal(201);
      return answer.json['id'] as string;
    };
    const personOf = async (id: string): Promise<Person> => {
      await Promise.all(region.accesses.map(untilRegistered));
      const found = (await activePersons(next())).filter((person) => patientsOf(person).includes(id));
      expect(found).to.have.length(1);
      return found[0] as Person;
    };
    const placesOf = async (...ids: string[]): Promise<(string | undefined)[]> => {
      const persons = [];
      for (const id of ids) persons.push((await personOf(id)).id);
      return persons;
    };
    /** Two records of which only a steward can say whether they are one person's, and their Task. */
    const question = async (): Promise<{ ids: [string, string]; task: string }> => {
      const { residentId: _, phone: __, ...rest } = somebody();
      const address = `湖北省襄阳市樊城区长虹路${String(people)}号`;
      const one = { ...rest, address, division: '420606' };
      const other = {
        ...one,
        name: one.name.replace('梅', '美'),
        birthDate: one.birthDate.replace(/12$/, '21'),
      };
      const ids: [string, string] = [await send(one), await send(other)];
      await personOf(ids[0]);
      const { json } = await request(`Task?status=requested&patient=Patient/${[...ids].sort()[0] ?? ''}`);
      const [entry] = (json['entry'] ?? []) as { resource: Json }[];
      return { ids, task: `Task/${String(entry?.resource['id'])}` };
    };

    it('merge two Persons, and bring the one that is gone back with its records', async () => {
      const [li, zhao] = [somebody(), somebody()];
      const [one, second, other] = [await send(li), await send(li), await send(zhao)];
      const before = await placesOf(one, second, other);
      const [gone = '', , stays = ''] = before;
      expect((await ask(`Person/${gone}/$merge`, { into: stays })).status).to.equal(200);
      expect(await placesOf(one, second, other)).to.deep.equal([stays, stays, stays]);
      expect((await ask(`Person/${gone}/$unmerge`)).status).to.equal(200);
      expect(await placesOf(one, second, other)).to.deep.equal(before);
    });

    it('take a record out of a Person, and give it to another', async () => {
      const [li, zhao] = [somebody(), somebody()];
      const [one, second, other] = [await send(li), await send(li), await send(zhao)];
      const [from = '', , into = ''] = await placesOf(one, second, other);
      expect((await ask(`Person/${from}/$unlink`, { patient: second })).status).to.equal(200);
      const [stays, alone] = await placesOf(one, second);
      expect([stays, alone === from]).to.deep.equal([from, false]);
      expect((await ask(`Person/${into}/$link`, { patient: second })).status).to.equal(200);
      expect(await placesOf(one, second, other)).to.deep.equal([from, into, into]);
    });

    it('decide a Task of the queue, and undo it: the Persons are what they were', async () => {
      const { ids, task } = await question();
      const before = await placesOf(...ids);
      const linked = await ask(`${task}/$decide`, { choice: 'link', note: '电话核实' });
      expect([linked.status, (parameterOf(linked, 'task')?.['resource'] as Json)['status']]).to.deep.equal([
        200,
        'completed',
      ]);
      expect(new Set(await placesOf(...ids)).size).to.equal(1);
      expect((await ask(`${task}/$decide`, { choice: 'keep-apart' })).status).to.equal(422);
      const undone = await ask(`${task}/$decide`, { choice: 'undo' });
      expect([undone.status, (parameterOf(undone, 'task')?.['resource'] as Json)['status']]).to.deep.equal([
        200,
        'requested',
      ]);
      expect(await placesOf(...ids)).to.deep.equal(before);
      expect((await ask(`${task}/$decide`, { choice: 'keep-apart' })).status).to.equal(200);
    });

    it('win one at a time, each at another process', async () => {
      const { task } = await question();
      const answers = await Promise.all(
        ['link', 'keep-apart'].map((choice) => ask(`${task}/$decide`, { choice })),
      );
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 422]);
      const [li, zhao] = [somebody(), somebody()];
      const [one = '', other = ''] = await placesOf(await send(li), await send(zhao));
      const merges = await Promise.all([
        ask(`Person/${one}/$merge`, { into: other }),
        ask(`Person/${other}/$merge`, { into: one }),
      ]);
      expect(merges.map(({ status }) => status).sort()).to.deep.equal([200, 422]);
    });
  });
}
