import { birthDate } from '../comparisons/birth-date.js';
import { personalName } from '../comparisons/personal-name.js';
import { type Schema } from '../features.js';
import { hanNamePart } from './han-name-part.js';
import { home } from './home.js';
import { identifiers } from './identifiers.js';
import { phones } from './phones.js';
import { sex } from './sex.js';

/** What of two Patients is compared; patientFeatures makes the values, in this order. */
export const patientSchema: Schema = {
  name: 'patient',
  comparisons: [personalName(hanNamePart), birthDate, identifiers, phones, home, sex],
  rules: [
    ['identifier', 'birthDate', 'surname'],
    ['given', 'surname', 'birthDate', 'phone'],
  ],
  corroborated: [0, 1],
  unlikely: [{ identifier: 'exact', given: 'disagree' }],
  borneBy: ['birthDate', 'identifier', 'phone', 'home'],
  relatives: {
    given: 0.01,
    surname: 0.6,
    birthDate: 0.05,
    identifier: 0.01,
    phone: 0.5,
    home: 0.8,
    sex: 0.5,
  },
};
