import type { SearchQuery } from '../../fhir/search/search-expression.js';
import type {
  AuditQuery,
  AuditRow,
  CountQuery,
  CountRow,
  DigestRow,
  DigestScope,
  EnrolmentCount,
  ExceptionQuery,
  ExceptionRow,
  HistoryPage,
  HistoryScope,
  LogRequest,
  UnmatchablePage,
  VersionList,
} from '../../ports/store.js';
import { readAudit } from './audit.js';
import { writeBackup } from './backup.js';
import { readCounts } from './counts.js';
import { createDigests, createVersionLists } from './digests.js';
import { prepareQuery, type Database } from './driver.js';
import { createEnrolmentCounts, createUnmatchable } from './enrolments.js';
import { createExceptionCounts, readExceptions } from './exceptions.js';
import { createHistory, type PackedHistory } from './history.js';
import { createLog, type PackedLog } from './log.js';
import { createNames } from './names.js';
import { createSearch, type SearchPage } from './search.js';

/** Reads whose time depends on what the store holds: a reader thread carries them out. Answers can cross threads. */
export interface SlowReads {
  history(scope: HistoryScope, page: HistoryPage): PackedHistory;
  search(query: SearchQuery): SearchPage;
  readLog(request: LogRequest): PackedLog;
  countByType(): [string, number][];
  exceptions(query: ExceptionQuery): ExceptionRow[];
  countExceptions(): [ExceptionRow['kind'], number][];
  digests(scope: DigestScope): DigestRow[];
  versionsOf(scope: DigestScope, page: { readonly after?: string; readonly limit: number }): VersionList;
  counts(query: CountQuery): CountRow[];
  readAudit(query: AuditQuery): AuditRow[];
  countEnrolled(): EnrolmentCount[];
  unmatchable(page: UnmatchablePage): string[];
  backup(target: string): void;
}

export function createSlowReads(database: Database): SlowReads {
  const names = createNames(database);
  const search = createSearch(database);
  const byType = prepareQuery<[number, number]>(
    database,
    'SELECT type, count(*) FROM resource INDEXED BY resource_by_arrival WHERE deleted = 0 GROUP BY type',
  );
  return {
    history: createHistory(database),
    search: (query) => search.run(query),
    readLog: createLog(database),
    countByType: () => byType.all().map(([type, n]) => [names.typeName(type), n]),
    exceptions: (query) => readExceptions(database, query),
    countExceptions: createExceptionCounts(database),
    digests: createDigests(database),
    versionsOf: createVersionLists(database),
    counts: (query) => readCounts(database, query),
    readAudit: (query) => readAudit(database, query),
    countEnrolled: createEnrolmentCounts(database),
    unmatchable: createUnmatchable(database),
    backup: (target) => writeBackup(database, target),
  };
}
