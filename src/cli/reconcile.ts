import { Command } from 'commander';

import { createTokenSource } from '../adapters/peer/token-source.js';
import { systemClock } from '../adapters/system/clock.js';
import { createIds } from '../adapters/system/ids.js';
import { readPrivateKey, signClientAssertion } from '../auth/client-assertion.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import type { CellDifference, ReconcileReport, StreamReport } from '../domain/exchange/index.js';

interface Options {
  readonly config: string;
  readonly url?: string;
  readonly peer?: string;
  readonly repair?: boolean;
  readonly json?: boolean;
  readonly auth: boolean;
}

/** `regional-hie reconcile`: asks the running node to compare its streams with its peers; exit code 0 only when equal. */
export function reconcileCommand(): Command {
  return new Command('reconcile')
    .description('compare what this node and its peers hold; exits 0 only when both ends are equal')
    .requiredOption('--config <file>', 'configuration of the running node')
    .option('--url <address>', 'its address, where it is not the configured host and port')
    .option('--peer <id>', 'this peer only')
    .option('--repair', 'send again exactly what is missing or different, then compare once more')
    .option('--json', 'print the whole report as JSON')
    .option('--no-auth', 'the node runs without sign-in')
    .action(async (options: Options) => {
      const config = loadConfig({ file: options.config, overrides: { noAuth: !options.auth } });
      const url = options.url ?? `http://${hostOf(config)}:${String(config.server.port)}`;
      const token = options.auth ? await signIn(config, url) : undefined;
      const report = await reconcileNode(url, {
        ...(token === undefined ? {} : { token }),
        ...(options.peer === undefined ? {} : { peer: options.peer }),
        repair: options.repair ?? false,
      });
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
      process.exitCode = report.equal ? 0 : 1;
    });
}

const hostOf = ({ server }: Config): string => (server.host.includes(':') ? `[${server.host}]` : server.host);

/** The address by which the node knows its token endpoint: it may be called by another (baseUrl, localhost). */
async function tokenEndpoint(url: string): Promise<string> {
  const response = await fetch(`${url}/.well-known/smart-configuration`);
  const { token_endpoint: endpoint } = (await response.json()) as { token_endpoint?: unknown };
  if (typeof endpoint !== 'string') throw new Error('the node does not name its token endpoint');
  return endpoint;
}

/** The node's own key signs in at the node itself. */
async function signIn({ node, exchange }: Config, url: string): Promise<string> {
  if (node.privateKey === undefined)
    throw new Error('node.privateKeyFile: missing, the node asks for sign-in');
  const key = readPrivateKey(node.privateKey);
  const ids = createIds(systemClock);
  const audience = await tokenEndpoint(url);
  const source = createTokenSource({
    tokenUrl: `${url}/auth/token`,
    scope: 'system/*.cruds',
    clock: systemClock,
    timeoutMs: exchange.timeoutMs,
    sign: () =>
      signClientAssertion({
        clientId: node.id,
        audience,
        key,
        keyId: node.keyId,
        jti: ids.uuid(),
        nowMs: systemClock.now(),
      }),
  });
  return source.token();
}

/** Asks a running node to reconcile; rejects with an Error where it doesn't answer with a report. */
export async function reconcileNode(
  url: string,
  wish: { readonly token?: string; readonly peer?: string; readonly repair: boolean },
): Promise<ReconcileReport> {
  const { token, ...body } = wish;
  const response = await fetch(`${url}/api/exchange/reconcile`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the node answered ${String(response.status)}`);
  return (await response.json()) as ReconcileReport;
}

const listed = 20;

/** Plain text: a line a stream, and under it the cells and versions in which its ends differ. */
export function formatReport(report: ReconcileReport): string {
  const lines = report.streams.flatMap(formatStream);
  lines.push(report.equal ? 'equal' : 'not equal');
  return `${lines.join('\n')}\n`;
}

function formatStream({ from, to, comparison, failure, repaired }: StreamReport): string[] {
  const name = `${from} -> ${to}`;
  if (!comparison) return [`${name}: not compared, ${failure ?? 'no answer'}`];
  const { offered, held, cells, differing, resolved } = comparison;
  const result = differing.length === 0 ? 'equal' : `${String(differing.length)} cells differ`;
  const settled = resolved.length > 0 ? `, ${String(resolved.length)} of resolved forks` : '';
  const sentAgain = repaired > 0 ? `, ${String(repaired)} sent again` : '';
  const broken = failure === undefined ? '' : `, ${failure}`;
  return [
    `${name}: ${String(offered)} offered, ${String(held)} held, ${String(cells)} cells, ${result}${settled}${sentAgain}${broken}`,
    ...differing.slice(0, listed).flatMap(formatCell),
    ...(differing.length > listed ? [`  and ${String(differing.length - listed)} cells more (--json)`] : []),
  ];
}

function formatCell(cell: CellDifference): string[] {
  const { owner, source, type, day, offered, held } = cell;
  const head = `  ${day} ${type} owner ${owner} source ${source}: ${String(offered)} offered, ${String(held)} held`;
  const kinds = ['missing', 'surplus', 'different'] as const;
  return [
    head,
    ...kinds.flatMap((kind) => {
      const versions = cell[kind];
      const names = versions
        .slice(0, listed)
        .map(({ key, versionId }) => `    ${kind} ${key.type}/${key.id}/_history/${String(versionId)}`);
      const more = versions.length - names.length;
      return more > 0 ? [...names, `    and ${String(more)} ${kind} more (--json)`] : names;
    }),
  ];
}
