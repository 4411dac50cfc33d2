import { residentId } from './patients.js';

/* People whom a steward has to do with; nobody is like another. */

export const li = {
  name: '李晓梅',
  birthDate: '1985-03-12',
  gender: 'female',
  residentId: residentId('420602', '1985-03-12', '982'),
  phone: '10012345678',
  address: '湖北省襄阳市襄城区檀溪路12号3栋501室',
  division: '420602',
} as const;
export const zhao = {
  name: '赵国强',
  birthDate: '1962-11-30',
  gender: 'male',
  residentId: residentId('420624', '1962-11-30', '983'),
  phone: '10087654321',
  address: '湖北省襄阳市南漳县城关镇水镜路8号',
  division: '420624',
} as const;
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
