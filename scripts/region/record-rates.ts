// A table of data: how many people have records in several institutions, and what goes wrong when they register again.
// Nobody has counted this in China that we know of; the rates are chosen so that most of the work is easy, as it is.
import type { ErrorClass } from '../population/error-classes.js';

/** Shares from 0 to 1. */
export const recordRates = {
  /** Of all: brought in with nothing that tells who they are. */
  unidentified: 0.01,
  /** Of those who come at least twice, which is half of all: registered in a second institution. */
  second: 0.61,
  /** Of those with a second one who come at least three times: in a third institution too. */
  third: 0.35,
  /** Of the further records: in another county than the first, or in the city's hospitals. */
  elsewhere: 0.5,
  /** Of those elsewhere than in the first county: in the city's hospitals. */
  inCity: 0.6,
} as const;

export interface ErrorRate {
  readonly code: ErrorClass;
  /**
   * Of a hundred further records, but that one to which it can't happen gets another. Of a rare error: of a hundred to
   * which it can happen.
   */
  readonly share: number;
  readonly rare?: true;
  /** Share of these, from 0 to 1, in which the id is missing too. */
  readonly withoutId: number;
}

export const errorRates: readonly ErrorRate[] = [
  { code: 'newborn', share: 35, rare: true, withoutId: 0 },
  { code: 'twins', share: 30, rare: true, withoutId: 1 },
  { code: 'interpunct', share: 50, rare: true, withoutId: 0.3 },
  { code: 'none', share: 46, withoutId: 0 },
  { code: 'moved', share: 17, withoutId: 0 },
  { code: 'id-missing', share: 9, withoutId: 1 },
  { code: 'swapped-date', share: 5, withoutId: 0.3 },
  { code: 'homophone', share: 4, withoutId: 0.3 },
  { code: 'legacy-id', share: 4, withoutId: 0 },
  { code: 'glyph', share: 3.5, withoutId: 0.3 },
  { code: 'shared-phone', share: 3.5, withoutId: 0.3 },
  { code: 'id-digit', share: 3, withoutId: 0 },
  { code: 'traditional', share: 2, withoutId: 0.3 },
  { code: 'swapped-name', share: 1.5, withoutId: 0.3 },
  { code: 'relatives-card', share: 1.5, withoutId: 0 },
];
