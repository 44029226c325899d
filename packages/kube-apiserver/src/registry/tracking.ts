import { formatTime, type KubeObject, trackUpdate } from '@steersman/api';
import type { HttpRequest } from '@steersman/server';
import type { ServedResource } from './served-resource.ts';

const MANAGER_LENGTH_MAX = 128; // Upstream's limit for names taken from a user agent.

/** In whose name a write changes fields (KEP-555). */
export interface Tracking {
  readonly manager: string;
  readonly subresource: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function trackingOf(request: HttpRequest, fieldManager: string, subresource: string, now: number): Tracking {
  return {
    manager: fieldManager !== '' ? fieldManager : managerOfAgent(request.headers['user-agent']),
    subresource,
    now,
  };
}

/** `kubectl/v1.32 (linux/amd64)` is `kubectl`. */
function managerOfAgent(agent: string | undefined): string {
  const name = (agent ?? '').split('/')[0] ?? '';
  return name === '' ? 'unknown' : name.slice(0, MANAGER_LENGTH_MAX);
}

/** The object with managedFields brought up to date. */
export function tracked(
  resource: ServedResource,
  before: KubeObject | undefined,
  after: KubeObject,
  tracking: Tracking | undefined,
): KubeObject {
  if (tracking === undefined) return after;
  return trackUpdate({
    before,
    after,
    schema: resource.schema,
    manager: tracking.manager,
    apiVersion: resource.apiVersion,
    subresource: tracking.subresource,
    now: formatTime(tracking.now),
  });
}
