export { createAuditTrail } from './audit-trail.js';
export type { AuditTrail, AuditTrailDeps, Refusal, StewardAction, WrittenRecord } from './audit-trail.js';
export { regionDay } from './region-day.js';
