import type { Issue } from './issue.js';

/** Faults that an answer lists; more than these help nobody and let a hostile body cost without end. */
export const mostIssues = 200;

/** The first issues, and where there are more of them one that says so. */
export function capIssues(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length <= mostIssues) return issues;
  const more: Issue = {
    severity: 'information',
    code: 'informational',
    diagnostics: `there are more faults; the first ${String(mostIssues)} are listed`,
  };
  return [...issues.slice(0, mostIssues), more];
}
