import { fire } from '../fire.js';
import type { BenchNode } from '../bench-node.js';
import { getJson } from '../network.js';
import type { Target } from '../post-bundles.js';
import type { Measure } from '../report.js';
import { createShots, readSamples, readShots, searchShots } from '../samples.js';
import { sideBySide } from '../side-by-side.js';
import type { FireResult } from '../tally.js';
import { connections, loadAll, loadAlone, type BenchRun } from './bench-run.js';

/** The same load, reads, searches and creates on another FHIR server, in turn with ours. */
export async function measurePeer(
  run: BenchRun,
  { url, start }: { readonly url: string; readonly start: () => Promise<BenchNode> },
): Promise<Measure[]> {
  const peer: Target = { base: url.replace(/\/+$/, ''), headers: {} };
  const { software } = await getJson<{ software?: { name?: string } }>(`${peer.base}/metadata`, {});
  const name = software?.name ?? 'peer';
  run.say('loading ours');
  const before = await loadAlone(run);
  run.say(`loading ${name}`);
  const theirs = await loadAll(peer, run.input);
  run.say('loading ours again');
  const node = await start();
  const after = await loadAll(node, run.input);
  const ours = (before + after) / 2;
  const load: Measure = {
    name: 'load of transaction Bundles, records',
    value: ours,
    unit: '/s',
    against: { name, value: theirs },
    ratio: ours / theirs,
    note: `${Math.round(before)} before it, ${Math.round(after)} after it, aim 10 ×`,
  };
  const sides = { run, node, peer, name };
  return [
    load,
    await compare(sides, { name: 'read', note: 'aim 6 ×', shotsOf: readShots }),
    await compare(sides, { name: 'token search, page of 20', shotsOf: searchShots }),
    await compare(sides, { name: 'single creates', shotsOf: createShots }),
  ];
}

interface Sides {
  readonly run: BenchRun;
  readonly node: BenchNode;
  readonly peer: Target;
  readonly name: string;
}

interface Comparison {
  readonly name: string;
  readonly note?: string;
  readonly shotsOf: (
    target: Target,
    samples: Awaited<ReturnType<typeof readSamples>>,
  ) => ReturnType<typeof readShots> | ReturnType<typeof searchShots>;
}

async function compare(
  { run, node, peer, name }: Sides,
  { shotsOf, ...measure }: Comparison,
): Promise<Measure> {
  const side = async (target: Target): Promise<(seconds: number) => Promise<FireResult>> => {
    const shots = await shotsOf(target, await readSamples(target));
    return (seconds) => fire(new URL(target.base).origin, shots, { connections, seconds });
  };
  const sides = await sideBySide({ ...run, ours: await side(node), other: await side(peer) });
  run.say(
    `${measure.name}: ${Math.round(sides.ours.perSecond)}/s, ${name} ${Math.round(sides.other.perSecond)}/s`,
  );
  const against = { name, value: sides.other.perSecond };
  return { ...measure, value: sides.ours.perSecond, unit: '/s', against, ratio: sides.ratio };
}
