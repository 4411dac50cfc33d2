import { expect } from 'chai';

import {
  createResidentIds,
  institutionCode,
  organisationCode,
  phoneNumber,
} from '../../scripts/region/identifiers.js';
import { residentCheck } from '../../src/domain/mpi/identity/index.js';

describe('region identifiers', () => {
  it('computes the check character of published resident ids', () => {
    expect(residentCheck('11010519491231002')).to.equal('X');
    expect(residentCheck('11010020171225006')).to.equal('X');
  });

  it('computes the check character of a published organisation code', () => {
    expect(organisationCode('M000100Y')).to.equal('M000100Y4');
  });

  it('hands out each resident id once, valid by date, sex and check character', () => {
    const next = createResidentIds();
    const seen = new Set<string>();
    for (let serial = 0; serial < 2000; serial += 1) {
      const male = serial % 3 === 0;
      const birthDate = new Date(Date.UTC(1990, 0, 1 + (serial % 7)));
      const id = next({ area: '420624', birthDate, male });
      expect(id).to.match(/^420624199001(?:0[1-7])\d{3}[\dX]$/);
      expect(id.at(-1)).to.equal(residentCheck(id));
      expect(Number(id[16]) % 2).to.equal(male ? 1 : 0);
      seen.add(id);
    }
    expect(seen.size).to.equal(2000);
  });

  it('begins with the sequence numbers that registration keeps for centenarians', () => {
    const next = createResidentIds();
    const request = { area: '420602', birthDate: new Date(Date.UTC(2001, 4, 6)) };
    const ids = [true, false, true, false].map((male) => next({ ...request, male }));
    expect(ids.map((id) => id.slice(14, 17))).to.deep.equal(['999', '998', '997', '996']);
  });

  it('says so when a day has no id left instead of giving one twice', () => {
    const next = createResidentIds();
    const request = { area: '420602', birthDate: new Date(Date.UTC(2001, 4, 6)), male: true };
    for (let serial = 0; serial < 500; serial += 1) next(request);
    expect(() => next(request)).to.throw('no test id left');
  });

  it('writes institution codes as WS 218 does', () => {
    expect(institutionCode(7, '420683', 'C210')).to.match(/^YY000007[\dX]42068311C2101$/);
  });

  it('gives telephone numbers that no operator issues', () => {
    expect(phoneNumber(42)).to.equal('10000000042');
  });
});
