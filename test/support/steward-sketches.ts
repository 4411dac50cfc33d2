import { li } from './people.js';
import { residentId } from './patients.js';

/* People whom a steward has to do with; nobody is like another. */

export { li, zhao } from './people.js';
export const wang = {
  name: '王建军',
  birthDate: '1971-07-04',
  gender: 'male',
  residentId: residentId('420606', '1971-07-04', '981'),
  phone: '10055556666',
  address: '湖北省襄阳市樊城区长虹路77号',
  division: '420606',
} as const;
/** Like Li, but for a steward to say. */
export const doubtful = [
  { ...li, residentId: undefined, phone: undefined },
  { ...li, name: '李小美', residentId: undefined, phone: undefined, birthDate: '1985-03-21' },
] as const;
