import type { Effects, Metrics } from '@steersman/machinery';
import { type AuditEvent, auditEvent } from '../audit/event.ts';
import type { AuditDecision, AuditPolicy, AuditStage } from '../audit/policy.ts';
import { objectIn, RecordingRequest, RecordingResponse } from '../audit/recording.ts';
import type { Exchange, Stage } from './exchange.ts';
import { isLongRunning } from './max-in-flight.ts';

/** Takes an event. Must not throw or wait. */
export type AuditSink = (event: AuditEvent) => void;

export interface AuditOptions {
  readonly policy: AuditPolicy;
  readonly sink: AuditSink;
}

const AUDIT_ID = 'audit-id';
const AUDIT_ID_LENGTH_MAX = 64; // Upstream cuts what clients send.

/** Gives every request an id, which the answer names, and tells the sink what the policy wants to be told of it. */
export function auditStage(
  options: AuditOptions | undefined,
  { random, metrics }: Pick<Effects, 'random' | 'metrics'>,
): Stage {
  const counted = options === undefined ? undefined : countingSink(options.sink, metrics);
  const levels = metrics.counter('apiserver_audit_level_total', 'Requests by how much the audit log tells of them.', [
    'level',
  ]);
  return (exchange) => {
    const id = exchange.request.headers[AUDIT_ID]?.slice(0, AUDIT_ID_LENGTH_MAX) || random.uuid();
    exchange.response.setHeader(AUDIT_ID, id);
    if (options === undefined || counted === undefined) return 'next';
    const decision = options.policy(exchange.user, exchange.info, exchange.request.path);
    levels.add(1, { level: decision.level });
    if (decision.level !== 'None') record(exchange, id, decision, counted);
    return 'next';
  };
}

function countingSink(sink: AuditSink, metrics: Metrics): AuditSink {
  const events = metrics.counter('apiserver_audit_event_total', 'Events that were given to the audit log.');
  return (event) => {
    events.add();
    sink(event);
  };
}

function record(exchange: Exchange, id: string, decision: AuditDecision, sink: AuditSink): void {
  const { level, omitStages, omitManagedFields } = decision;
  const { user } = exchange;
  const receivedAt = exchange.clock.now();
  const annotations: Record<string, string> = {};
  const request = new RecordingRequest(exchange.request);
  const response = new RecordingResponse(exchange.response, () => {
    if (isLongRunning(exchange)) tell('ResponseStarted');
  });
  const tell = (stage: AuditStage) => {
    if (omitStages.includes(stage)) return;
    const ended = stage === 'ResponseComplete';
    const withRequest = ended && level !== 'Metadata' && exchange.info.isResource;
    const withResponse = ended && (level === 'RequestResponse' || response.status >= 400);
    sink(
      auditEvent(
        exchange,
        {
          id,
          level,
          user,
          receivedAt,
          annotations,
          requestObject: withRequest ? objectIn(request.bytes, omitManagedFields) : undefined,
          responseObject: withResponse ? objectIn(response.bytes, omitManagedFields) : undefined,
        },
        stage,
      ),
    );
  };
  tell('RequestReceived');
  Object.assign(exchange, { request, response, auditAnnotations: annotations });
  exchange.finished.push(() => response.whenComplete(() => tell('ResponseComplete')));
}
