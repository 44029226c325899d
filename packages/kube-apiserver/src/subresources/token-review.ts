/** tokenreviews and selfsubjectreviews: who is behind a token, and who am I. */
import { type Draft, errors, formatTime, type SelfSubjectReview, type TokenReview } from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import type { ExtensionDependencies, SubresourceHandler } from '../registry/subresource-contract.ts';

const GROUP = 'authentication.k8s.io';

export function tokenReviews(authenticateToken: ExtensionDependencies['authenticateToken']): SubresourceHandler {
  return {
    group: GROUP,
    resource: 'tokenreviews',
    subresource: '',
    accepts: { group: GROUP, version: 'v1', kind: 'TokenReview' },
    verbs: ['create'],
    async handle(request) {
      const body = request.body as Draft<TokenReview>;
      const { token = '', audiences = [] } = body.spec;
      if (token === '') throw errors.badRequest('token is required for TokenReview in authentication');
      return { object: { ...body, status: await statusOf(authenticateToken, token, audiences) } as TokenReview };
    },
  };
}

async function statusOf(
  authenticateToken: ExtensionDependencies['authenticateToken'],
  token: string,
  audiences: readonly string[],
): Promise<NonNullable<TokenReview['status']>> {
  try {
    const found = await authenticateToken(token, audiences);
    if (found === undefined) return { authenticated: false, user: {} };
    return {
      authenticated: true,
      user: userOf(found.user),
      ...(found.audiences.length === 0 ? {} : { audiences: found.audiences }),
    };
  } catch (error) {
    // A bad token is an answer, not a failure of the review.
    return { authenticated: false, user: {}, error: error instanceof Error ? error.message : String(error) };
  }
}

export const selfSubjectReviews: SubresourceHandler = {
  group: GROUP,
  resource: 'selfsubjectreviews',
  subresource: '',
  accepts: { group: GROUP, version: 'v1', kind: 'SelfSubjectReview' },
  verbs: ['create'],
  async handle({ user, clock }) {
    const object: SelfSubjectReview = {
      kind: 'SelfSubjectReview',
      apiVersion: `${GROUP}/v1`,
      metadata: { creationTimestamp: formatTime(clock.now()) },
      status: { userInfo: userOf(user) },
    };
    return { object };
  },
};

function userOf({ name, uid, groups, extra }: UserInfo): NonNullable<NonNullable<TokenReview['status']>['user']> {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined ? {} : { extra }),
  };
}
