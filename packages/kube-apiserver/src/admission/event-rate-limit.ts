import { type Event, errors } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';

/** Keys whose buckets are remembered when the configuration does not say: upstream's number. */
const CACHE_SIZE = 4096;

export interface EventLimit {
  readonly type: 'Server' | 'Namespace' | 'User' | 'SourceAndObject';
  readonly qps: number;
  readonly burst: number;
  readonly cacheSize?: number;
}

/** Bounds how many events are written: by the server, a namespace, a user, or a source about an object. */
export function eventRateLimit(limits: readonly EventLimit[]): AdmissionPlugin {
  const buckets = limits.map((limit) => new Buckets(limit));
  return {
    name: 'EventRateLimit',
    handles: ({ resource, operation, dryRun }) =>
      resource.plural === 'events' && (operation === 'create' || operation === 'update') && !dryRun,
    async validate(request) {
      const refused = buckets.flatMap((each) => each.take(request) ?? []);
      if (refused.length > 0) throw errors.tooManyRequests(refused.join(', '), 0);
    },
  };
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

class Buckets {
  readonly #limit: EventLimit;
  /** Least recently used first. */
  readonly #byKey = new Map<string, Bucket>();

  constructor(limit: EventLimit) {
    this.#limit = limit;
  }

  /** Takes a token; says what is wrong when there is none. */
  take(request: AdmissionRequest): string | undefined {
    const { type, qps, burst, cacheSize = CACHE_SIZE } = this.#limit;
    const key = keyOf(type, request);
    const bucket = this.#filled(key, qps, burst, request.clock);
    this.#byKey.delete(key);
    this.#byKey.set(key, bucket);
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > cacheSize && oldest !== undefined) this.#byKey.delete(oldest);
    if (bucket.tokens < 1) return `limit reached on type ${type} for key ${key}`;
    bucket.tokens -= 1;
    return undefined;
  }

  #filled(key: string, qps: number, burst: number, clock: Clock): Bucket {
    const now = clock.monotonic();
    const bucket = this.#byKey.get(key) ?? { tokens: burst, filledAt: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * qps);
    bucket.filledAt = now;
    return bucket;
  }
}

function keyOf(type: EventLimit['type'], { namespace, user, object }: AdmissionRequest): string {
  if (type === 'Server') return '';
  if (type === 'Namespace') return namespace;
  if (type === 'User') return user.name;
  const { source, involvedObject } = object as unknown as Event;
  return [
    source?.component,
    source?.host,
    involvedObject?.kind,
    involvedObject?.namespace,
    involvedObject?.name,
    involvedObject?.uid,
    involvedObject?.apiVersion,
  ]
    .map((part) => part ?? '')
    .join('');
}
