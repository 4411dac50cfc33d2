export { findCandidates } from './candidates.js';
export type { CandidateOptions, Candidates } from './candidates.js';
export { clusterLinks } from './cluster.js';
export type { Clustering, ClusterOptions, Conflict } from './cluster.js';
export { comparePartitions } from './compare-partitions.js';
export type { LinkChange, LinkedPair, Partition, PartitionChange } from './compare-partitions.js';
export { birthDate, packDate } from './comparisons/birth-date.js';
export { code } from './comparisons/code.js';
export { latinNamePart } from './comparisons/latin-name-part.js';
export { personalName } from './comparisons/personal-name.js';
export type { NamePart, PersonalName } from './comparisons/personal-name.js';
export { text } from './comparisons/text.js';
export type { Agreement, Comparison, FeatureRecord, Field, Finding, Level, Schema } from './features.js';
export { matchRecords } from './match-records.js';
export type { MatchInput, MatchResult, PossibleLink } from './match-records.js';
export { linkPosterior, posteriorOf, reviewPosterior, scaleModel, weightOf } from './model.js';
export type { FieldModel, MatchModel } from './model.js';
export { matchModelUrl, modelOf, readLibrary, toLibrary } from './model-library.js';
export type { LibraryFacts } from './model-library.js';
export { learnModel } from './learn-model.js';
export type { LearningInput, LearningResult } from './learn-model.js';
export { previewChange } from './preview-change.js';
export type { Preview, PreviewInput } from './preview-change.js';
export { pruneModel } from './prune-model.js';
export { readModel } from './read-model.js';
export type { ModelReading } from './read-model.js';
export { seededRandom } from './seeded-random.js';
export { remember } from './remember.js';
export { createScorer } from './scorer.js';
export type { Explanation, FieldExplanation, Scorer } from './scorer.js';
export { wordOf } from './string-distance.js';
export type { Word } from './string-distance.js';
export { isUnlikely } from './unlikely-agreement.js';
export { train } from './train.js';
export type { TrainingData } from './train.js';
export { patientFeatures } from './patient/patient-features.js';
export { patientSchema } from './patient/patient-schema.js';
export { readIdentity } from './identity/index.js';
export { createRegistrar, followedTypes } from './registry/placing/registrar.js';
export type {
  Followed,
  Following,
  Registrar,
  RegistrarDeps,
  RegistrarFigures,
} from './registry/placing/registrar.js';
export { createPersonIndex } from './registry/person-index.js';
export type {
  MatchAnswer,
  MatchedPatient,
  MatchOptions,
  PersonAnswer,
  PersonIndex,
} from './registry/person-index.js';
export { saidBySource } from './registry/records/decision.js';
export type { StandingDecision } from './registry/records/decision.js';
export { replacedPatients } from './registry/held/replaced-patients.js';
export { allDecisions } from './registry/held/stored-index.js';
export { createSteward } from './registry/steward/steward.js';
export type { Steward, StewardDeps } from './registry/steward/steward.js';
export type { AnsweredVersion, StewardAnswer } from './registry/steward/steward-commit.js';
export type { ExplainedPair, ToldChoice } from './registry/steward/explain-task.js';
export { reviewChoices } from './registry/records/review-codes.js';
export type { ReviewChoice } from './registry/records/review-codes.js';
export { personSystem } from './registry/records/names.js';
export type { Person } from './registry/records/person.js';
export { createCrossReference } from './cross-reference.js';
export type { BusinessIdentifier, CrossReference, CrossReferences } from './cross-reference.js';
export { createModelKeeper } from './registry/models/model-keeper.js';
export type { ModelInUse, ModelKeeper } from './registry/models/model-keeper.js';
export { activateModel, addModel, readModelLibrary } from './registry/models/model-libraries.js';
export type { ModelLibrary, ModelWriting } from './registry/models/model-libraries.js';
export { createRecordsOfPerson } from './records-of-person.js';
export { personRule, reviewTaskRule } from './person-rule.js';
export { createPopulation } from './population.js';
export type { CountyPopulation, Population } from './population.js';
export type { PatientIdentity } from './identity/index.js';
export { builtInModel } from './generated/default-model.js';
