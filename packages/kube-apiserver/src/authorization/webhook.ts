import type { SubjectAccessReviewStatus } from '@steersman/api';
import type { Transport } from '@steersman/client';
import type { Clock } from '@steersman/machinery';
import { postReview } from '../authentication/review-webhook.ts';
import type { Attributes, Authorizer, Decision } from './contract.ts';

/** How long answers are believed: upstream's `--authorization-webhook-cache-*-ttl`. */
const ALLOWED_MS = 5 * 60_000;
const REFUSED_MS = 30_000;
/** Beyond it the memory starts anew. */
const ANSWERS_MAX = 10_000;

export type WebhookVersion = 'v1' | 'v1beta1';
export interface WebhookOptions {
  /** Of the reviews that are sent; v1 when absent. */
  readonly version?: WebhookVersion;
  /** How long answers are believed. */
  readonly allowedMs?: number;
  readonly refusedMs?: number;
}

/** Asks a server of the cluster's owner (SubjectAccessReview of authorization.k8s.io). One that does not answer has no opinion. */
export function webhookAuthorizer(transport: Transport, clock: Clock, options: WebhookOptions = {}): Authorizer {
  const { version = 'v1', allowedMs = ALLOWED_MS, refusedMs = REFUSED_MS } = options;
  const answers = new Map<string, { readonly decision: Decision; readonly until: number }>();
  return {
    name: 'webhook',
    async authorize(attributes) {
      const spec = specOf(attributes);
      const key = JSON.stringify(spec);
      const known = answers.get(key);
      if (known !== undefined && known.until > clock.monotonic()) return known.decision;
      const decision = await ask(transport, version, spec);
      if (decision === undefined) return { kind: 'no-opinion', reason: 'the authorization webhook did not answer' };
      if (answers.size >= ANSWERS_MAX) answers.clear();
      const ageMs = decision.kind === 'allow' ? allowedMs : refusedMs;
      answers.set(key, { decision, until: clock.monotonic() + ageMs });
      return decision;
    },
  };
}

async function ask(
  transport: Transport,
  version: WebhookVersion,
  { groups, ...others }: ReturnType<typeof specOf>,
): Promise<Decision | undefined> {
  // The beta version had another name for the groups.
  const spec = version === 'v1' ? { ...others, groups } : { ...others, group: groups };
  const review = { kind: 'SubjectAccessReview', apiVersion: `authorization.k8s.io/${version}`, spec };
  try {
    const { allowed, denied, reason = '' } = await postReview<SubjectAccessReviewStatus>(transport, review);
    return { kind: allowed === true ? 'allow' : denied === true ? 'deny' : 'no-opinion', reason };
  } catch {
    return undefined;
  }
}

function specOf({ user, verb, resource, path }: Attributes) {
  const { name, uid, groups, extra } = user;
  return {
    user: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
    ...(resource === undefined
      ? { nonResourceAttributes: { path, verb } }
      : {
          resourceAttributes: Object.fromEntries(
            Object.entries({ verb, ...resource }).filter(([, value]) => value !== ''),
          ),
        }),
  };
}
