import { city, counties } from './divisions.js';
import { institutionCode } from './identifiers.js';
import { drawName, type PersonName, type Sex } from './names.js';
import { createRandom, type Random } from './random.js';

/** WS 218 categories that the region has. */
export const categories = {
  A100: { name: '综合医院', staff: 8 },
  A210: { name: '中医医院', staff: 5 },
  B100: { name: '社区卫生服务中心', staff: 3 },
  C210: { name: '中心卫生院', staff: 3 },
  C220: { name: '乡(镇)卫生院', staff: 2 },
  D600: { name: '村卫生室', staff: 1 },
  E100: { name: '急救中心', staff: 2 },
  G100: { name: '妇幼保健院', staff: 4 },
  J100: { name: '疾病预防控制中心', staff: 2 },
  K100: { name: '卫生监督所', staff: 1 },
} as const;

export type Category = keyof typeof categories;

export interface Institution {
  /** WS 218 code of 22 characters. */
  readonly code: string;
  readonly name: string;
  readonly category: Category;
  /** GB/T 2260 code of the county it serves, or of the city. */
  readonly area: string;
  readonly areaName: string;
  readonly township?: string;
  readonly departments: readonly string[];
  readonly staff: readonly Doctor[];
}

export interface Doctor {
  readonly licence: string;
  readonly name: PersonName;
  readonly sex: Sex;
  readonly department: string;
  readonly title: string;
}

const hospitalDepartments = [
  '心血管内科',
  '内分泌科',
  '呼吸内科',
  '神经内科',
  '消化内科',
  '普通外科',
  '骨科',
  '妇产科',
];
const departmentsOf: Readonly<Record<Category, readonly string[]>> = {
  A100: hospitalDepartments,
  A210: ['中医内科', '针灸推拿科', '骨科', '康复科'],
  B100: ['全科医疗科', '预防保健科'],
  C210: ['全科医疗科', '内科', '预防保健科'],
  C220: ['全科医疗科', '预防保健科'],
  D600: ['全科医疗科'],
  E100: ['急诊医学科'],
  G100: ['妇产科', '儿科'],
  J100: ['预防保健科'],
  K100: ['预防保健科'],
};
const titles = ['主任医师', '副主任医师', '主治医师', '主治医师', '医师'];

/** The region's institutions, the same for a seed whoever asks. Those of the city come first, then county by county. */
export function createInstitutions(seed: string): Institution[] {
  const random = createRandom(seed).fork('institutions');
  const institutions: Institution[] = [];
  const add = (plan: Omit<Institution, 'code' | 'departments' | 'staff'>): void => {
    const code = institutionCode(institutions.length + 1, plan.area, plan.category);
    const departments = departmentsOf[plan.category];
    institutions.push({ ...plan, code, departments, staff: drawStaff(random, code, plan.category) });
  };
  const cityArea = { area: city.code, areaName: city.name };
  add({ ...cityArea, category: 'A100', name: `${city.name}综合医院` });
  add({ ...cityArea, category: 'A210', name: `${city.name}中医医院` });
  add({ ...cityArea, category: 'G100', name: `${city.name}妇幼保健院` });
  add({ ...cityArea, category: 'E100', name: `${city.name}急救中心` });
  add({ ...cityArea, category: 'J100', name: `${city.name}疾病预防控制中心` });
  add({ ...cityArea, category: 'K100', name: `${city.name}卫生监督所` });
  for (const { code: area, name: areaName, townships } of counties) {
    add({ area, areaName, category: 'A100', name: `${areaName}人民医院` });
    add({ area, areaName, category: 'A210', name: `${areaName}中医医院` });
    add({ area, areaName, category: 'G100', name: `${areaName}妇幼保健院` });
    add({ area, areaName, category: 'J100', name: `${areaName}疾病预防控制中心` });
    townships.forEach((township, place) => {
      const local = { area, areaName, township };
      if (township.endsWith('街道')) {
        add({ ...local, category: 'B100', name: `${areaName}${township}社区卫生服务中心` });
        return;
      }
      const central = place % 3 === 0;
      const name = `${areaName}${township}${central ? '中心' : ''}卫生院`;
      add({ ...local, category: central ? 'C210' : 'C220', name });
      add({ ...local, category: 'D600', name: `${areaName}${township}中心村卫生室` });
    });
  }
  return institutions;
}

function drawStaff(random: Random, code: string, category: Category): Doctor[] {
  const departments = departmentsOf[category];
  return Array.from({ length: categories[category].staff }, (_, place) => {
    const sex = random.chance(0.55) ? 'male' : 'female';
    return {
      licence: `${code.slice(0, 9)}${String(place + 1).padStart(4, '0')}`,
      name: drawName(random, sex, random.between(1962, 1996)),
      sex,
      department: departments[place % departments.length] ?? '',
      title: category === 'D600' ? '乡村医生' : random.pick(titles),
    };
  });
}
