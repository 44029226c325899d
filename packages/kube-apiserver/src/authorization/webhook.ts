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

/** Asks a server of the cluster's owner (SubjectAccessReview of authorization.k8s.io/v1). One that does not answer has no opinion. */
export function webhookAuthorizer(transport: Transport, clock: Clock): Authorizer {
  const answers = new Map<string, { readonly decision: Decision; readonly until: number }>();
  return {
    name: 'webhook',
    async authorize(attributes) {
      const spec = specOf(attributes);
      const key = JSON.stringify(spec);
      const known = answers.get(key);
      if (known !== undefined && known.until > clock.monotonic()) return known.decision;
      const decision = await ask(transport, spec);
      if (decision === undefined) return { kind: 'no-opinion', reason: 'the authorization webhook did not answer' };
      if (answers.size >= ANSWERS_MAX) answers.clear();
      const ageMs = decision.kind === 'allow' ? ALLOWED_MS : REFUSED_MS;
      answers.set(key, { decision, until: clock.monotonic() + ageMs });
      return decision;
    },
  };
}

async function ask(transport: Transport, spec: object): Promise<Decision | undefined> {
  const review = { kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec };
  try {
    const { allowed, denied, reason = '' } = await postReview<SubjectAccessReviewStatus>(transport, review);
    return { kind: allowed === true ? 'allow' : denied === true ? 'deny' : 'no-opinion', reason };
  } catch {
    return undefined;
  }
}

function specOf({ user, verb, resource, path }: Attributes): object {
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
