import { patientFeatures, patientSchema, readIdentity } from '../../src/domain/mpi/index.js';
import { generatePopulation, type LabelledPatient } from '../population/generate-population.js';
import { type GatedCase } from './febrl-cases.js';
import { type Pair } from './count-agreement.js';

/** The generated population: 30 % of the people have a second record, with an error of a named class. */
export function chineseCase(size: number): GatedCase {
  const population = generatePopulation({ seed: 'check-mpi', size });
  const hasOwnIds = ([first, second]: Pair): boolean =>
    population[first]?.id === 'own' && population[second]?.id === 'own';
  return {
    matching: {
      name: `generated Chinese population of ${size.toLocaleString('en')} people`,
      schema: patientSchema,
      records: population.map(({ patient }) => patientFeatures(patient.id ?? '', readIdentity(patient))),
      truth: population.map(({ person }) => String(person)),
      parts: [
        { name: 'id present on both', counts: hasOwnIds, floors: { precision: 0.999, f1: 0.999 } },
        {
          name: 'id absent or wrong on one side',
          counts: (pair) => !hasOwnIds(pair),
          floors: { precision: 0.999, recall: 0.93 },
        },
      ],
      classOf: ([first, second]) => classOf(population[first], population[second]),
    },
    floors: { precision: 0.999 },
  };
}

const classOf = (one?: LabelledPatient, other?: LabelledPatient): string =>
  one?.error ?? other?.error ?? 'none';
