export { createRecordService } from './record-service.js';
export type { RecordService } from './record-service.js';
export type {
  CallContext,
  Directory,
  PersonReferences,
  Preconditions,
  RecordDeps,
  RecordsOfPerson,
  WriteAnswer,
  WriteContext,
} from './record-deps.js';
export { directoryRule, sourceRule } from './write-rules.js';
export type { ProposedWrite, WriteRule } from './write-rules.js';
export { clientHolds } from './client-holds.js';
export { parseHistoryPage, parseQuery } from './query-pairs.js';
export type { SearchPage } from './read-records.js';
export type { BundleAnswer, EntryAnswer } from './bundle/bundle-answer.js';
export { nextStamp } from './version-changes.js';
export { commitWrite } from './commit-write.js';
export type { CommitDeps, WritePlan } from './commit-write.js';
export { requirePreconditions } from './update-record.js';
