import type { TokenReviewStatus } from '@steersman/api';
import type { Transport } from '@steersman/client';
import type { Authenticator } from './contract.ts';
import { postReview } from './review-webhook.ts';

/** Asks a server of the cluster's owner about tokens that nobody else knows (TokenReview of authentication.k8s.io/v1). */
export function tokenWebhookAuthenticator(
  transport: Transport,
  audiences: readonly string[],
  version: 'v1' | 'v1beta1' = 'v1',
): Authenticator {
  return {
    name: 'token-webhook',
    async authenticate({ bearerToken }, signal) {
      if (bearerToken === undefined) return undefined;
      const spec = { token: bearerToken, audiences };
      const review = { kind: 'TokenReview', apiVersion: `authentication.k8s.io/${version}`, spec };
      const { authenticated, user, audiences: meant } = await postReview<TokenReviewStatus>(transport, review, signal);
      if (authenticated !== true || user?.username === undefined) return undefined;
      // A webhook that says nothing of audiences means this server.
      if (meant !== undefined && meant.length > 0 && !meant.some((audience) => audiences.includes(audience)))
        return undefined;
      return {
        name: user.username,
        groups: user.groups ?? [],
        ...(user.uid === undefined || user.uid === '' ? {} : { uid: user.uid }),
        ...(user.extra === undefined ? {} : { extra: user.extra }),
      };
    },
  };
}
