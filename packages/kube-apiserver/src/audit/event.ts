/** Audit events (audit.k8s.io/v1) of one request. */
import { formatMicroTime, type KubeObject, type Status } from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { AuditLevel, AuditStage } from './policy.ts';

export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: AuditLevel;
  readonly auditID: string;
  readonly stage: AuditStage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: object;
  readonly impersonatedUser?: object;
  readonly sourceIPs: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: object;
  readonly responseStatus?: object;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What is known of a request when an event of it is made. */
export interface AuditRecord {
  readonly id: string;
  readonly level: AuditLevel;
  /** Who was authenticated. */
  readonly user: UserInfo;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly annotations: Record<string, string>;
  readonly requestObject: unknown;
  readonly responseObject: unknown;
}

export function auditEvent(exchange: Exchange, record: AuditRecord, stage: AuditStage): AuditEvent {
  const { request, info, user } = exchange;
  const { requestObject, responseObject, annotations } = record;
  const agent = request.headers['user-agent'];
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: record.level,
    auditID: record.id,
    stage,
    requestURI: request.query === '' ? request.path : `${request.path}?${request.query}`,
    verb: info.verb,
    user: userText(record.user),
    ...(user === record.user || stage === 'RequestReceived' ? {} : { impersonatedUser: userText(user) }),
    sourceIPs: sourcesOf(exchange),
    ...(agent === undefined ? {} : { userAgent: agent }),
    ...(info.isResource ? { objectRef: referenceOf(exchange, requestObject) } : {}),
    ...(stage === 'RequestReceived' ? {} : { responseStatus: statusOf(exchange, responseObject) }),
    ...(requestObject === undefined ? {} : { requestObject }),
    ...(responseObject === undefined || record.level !== 'RequestResponse' ? {} : { responseObject }),
    requestReceivedTimestamp: formatMicroTime(record.receivedAt),
    stageTimestamp: formatMicroTime(exchange.clock.now()),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
  };
}

function userText({ name, uid, groups, extra }: UserInfo): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Who the proxies on the way name, then who is on the other side of the connection. */
function sourcesOf({ request }: Exchange): readonly string[] {
  const forwarded = (request.headers['x-forwarded-for'] ?? '').split(',').map((part) => part.trim());
  const real = request.headers['x-real-ip'] ?? '';
  return [...new Set([...forwarded, real, request.peer.remoteAddress].filter((address) => address !== ''))];
}

function referenceOf({ info }: Exchange, requestObject: unknown): object {
  const { metadata } = (requestObject ?? {}) as Partial<KubeObject>;
  const name = info.name !== '' ? info.name : (metadata?.name ?? '');
  const fields = {
    resource: info.resource,
    namespace: info.namespace,
    name,
    uid: metadata?.uid ?? '',
    apiGroup: info.group,
    apiVersion: info.version,
    resourceVersion: metadata?.resourceVersion ?? '',
    subresource: info.subresource,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

function statusOf({ response }: Exchange, body: unknown): object {
  const { kind, status, message, reason, details } = (body ?? {}) as Partial<Status>;
  const code = response.status === 0 ? 200 : response.status;
  if (kind !== 'Status' || code < 400) return { metadata: {}, code };
  return {
    metadata: {},
    ...(status === undefined ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}
