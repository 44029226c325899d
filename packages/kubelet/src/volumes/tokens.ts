/** Service account tokens for projected volumes: asked for once, renewed at 80 % of their life or a day before the end. */
import { type AuthenticationTokenRequest, namespaceOf, type Pod, parseTime, Resources, uidOf } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Clock } from '@steersman/machinery';
import type { ServiceAccountTokens } from './contract.ts';

export interface TokenManager extends ServiceAccountTokens {
  release(uid: string): void;
}
interface Held {
  readonly token: string;
  readonly renewAt: number;
  readonly cancel: () => void;
}
const RENEW_AFTER = 0.8;
/** So that a token that lives for months is still renewed daily. */
const AGE_MS_MAX = 24 * 3_600_000;

/** `onDue` is called when a pod's token should be renewed: look at its volumes again. */
export function createTokenManager(client: Client, clock: Clock, onDue: (uid: string) => void): TokenManager {
  const held = new Map<string, Map<string, Held>>();
  return {
    async token(pod, audience, expirationSeconds) {
      const uid = uidOf(pod);
      const own = held.get(uid) ?? new Map<string, Held>();
      held.set(uid, own);
      const key = `${audience ?? ''}/${expirationSeconds}`;
      const known = own.get(key);
      if (known !== undefined && known.renewAt > clock.now()) return known.token;
      known?.cancel();
      const { status } = await request(client, pod, audience, expirationSeconds);
      const lifeMs =
        (status?.expirationTimestamp === undefined ? clock.now() : parseTime(status.expirationTimestamp)) - clock.now();
      const renewInMs = Math.min(Math.max(lifeMs * RENEW_AFTER, 1000), AGE_MS_MAX);
      own.set(key, {
        token: status?.token ?? '',
        renewAt: clock.now() + renewInMs,
        cancel: clock.schedule(renewInMs, () => onDue(uid)),
      });
      return status?.token ?? '';
    },
    release(uid) {
      for (const { cancel } of held.get(uid)?.values() ?? []) cancel();
      held.delete(uid);
    },
  };
}

async function request(
  client: Client,
  pod: Pod,
  audience: string | undefined,
  expirationSeconds: number,
): Promise<AuthenticationTokenRequest> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid },
    },
  };
  const account = { namespace: namespaceOf(pod), name: pod.spec.serviceAccountName || 'default' };
  return client
    .resource(Resources.serviceAccounts)
    .subresource<AuthenticationTokenRequest>('POST', account, 'token', body);
}

/** Simulated pods read no tokens: none are asked for. */
export const noTokens: TokenManager = { token: async () => 'simulated', release: () => {} };
