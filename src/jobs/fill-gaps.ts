import { fetchVersions, type OpenGaps, type Receiver } from '../domain/exchange/index.js';
import { type VersionName, versionName } from '../fhir/key.js';
import { lanes } from '../fhir/lane.js';
import type { Ids } from '../ports/ids.js';
import type { Logger } from '../ports/logger.js';
import type { Peer } from '../ports/peer.js';
import type { Store } from '../ports/store.js';
import { createBell, type Bell } from './bell.js';
import type { CircuitBreaker } from './circuit-breaker.js';

export interface GapFillerDeps {
  readonly store: Pick<Store, 'commit'>;
  readonly gaps: OpenGaps;
  readonly receiver: Receiver;
  readonly peer: Peer;
  readonly breaker: CircuitBreaker;
  readonly ids: Ids;
  readonly logger: Logger;
  /** After so long a version that the peer didn't hold either is asked for again. */
  readonly askAgainMs: number;
}

export interface GapFiller {
  run(signal: AbortSignal): Promise<void>;
  bell: Bell;
}

/** Asks a peer for the versions that its stream should have brought before later ones. */
export function createGapFiller(deps: GapFillerDeps): GapFiller {
  const bell = createBell();
  const askedAt = new Map<string, number>();

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await deps.breaker.enter(signal);
      if (signal.aborted) return;
      const due = dueVersions(deps, askedAt);
      if (due.length === 0) {
        await bell.wait(deps.askAgainMs);
        continue;
      }
      for (const version of due) askedAt.set(versionName(version), performance.now());
      const failure = await ask(deps, due);
      if (!failure) continue;
      for (const version of due) askedAt.delete(versionName(version));
      deps.breaker.failed(failure);
    }
  }

  return { run, bell };
}

function dueVersions(deps: GapFillerDeps, askedAt: Map<string, number>): VersionName[] {
  const before = performance.now() - deps.askAgainMs;
  const open = lanes.flatMap((lane) => deps.gaps.of(deps.peer.id, lane));
  const names = new Set(open.map(versionName));
  for (const name of askedAt.keys()) if (!names.has(name)) askedAt.delete(name);
  return open.filter((version) => (askedAt.get(versionName(version)) ?? -Infinity) <= before);
}

async function ask(
  deps: GapFillerDeps,
  versions: readonly VersionName[],
): Promise<Parameters<CircuitBreaker['failed']>[0] | undefined> {
  try {
    const { failure } = await fetchVersions(
      deps.peer,
      { view: 'offered', versions },
      async (lane, { text, withheld }, asked) => {
        const requestId = deps.ids.uuid();
        await deps.receiver.receive(deps.peer.id, { lane, text, complete: false, requestId });
        for (const index of withheld) {
          const version = asked[index];
          if (version) await forget(deps, version);
        }
      },
    );
    return failure;
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    deps.logger.warn({ peer: deps.peer.id, error: name }, 'missing versions could not be taken');
    return { kind: 'failed', reason: 'missing versions could not be taken here' };
  }
}

/** The peer's policy keeps that version: it isn't missing. */
async function forget(deps: GapFillerDeps, version: VersionName): Promise<void> {
  const changes = deps.gaps.clearChanges(version);
  if (changes.length > 0) await deps.store.commit({ changes, guards: [] });
  deps.gaps.cleared(version);
}
