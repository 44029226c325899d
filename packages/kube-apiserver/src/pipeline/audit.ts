import type { Clock } from '@steersman/machinery';
import type { UserInfo } from '../authentication/contract.ts';
import type { Exchange, Stage } from './exchange.ts';

/** What happened to one request. */
export interface AuditEntry {
  readonly user: UserInfo;
  readonly verb: string;
  /** Path with query. */
  readonly uri: string;
  readonly code: number;
  readonly remoteAddress: string;
  readonly userAgent: string;
  readonly durationMs: number;
}
/** Takes an entry when its request has been answered (or, for watches and tunnels, has started). Must not throw or wait. */
export type AuditSink = (entry: AuditEntry) => void;

/** Tells the sink about every request that got past authentication; without a sink it costs nothing. */
export function auditStage(sink: AuditSink | undefined, clock: Clock): Stage {
  if (sink === undefined) return () => 'next';
  return (exchange) => {
    exchange.finished.push(() => sink(entryOf(exchange, clock)));
    return 'next';
  };
}

function entryOf({ request, response, user, info, startedAt }: Exchange, clock: Clock): AuditEntry {
  return {
    user,
    verb: info.verb,
    uri: request.query === '' ? request.path : `${request.path}?${request.query}`,
    code: response.status,
    remoteAddress: request.peer.remoteAddress,
    userAgent: request.headers['user-agent'] ?? '',
    durationMs: clock.monotonic() - startedAt,
  };
}
