import { createHash, timingSafeEqual } from 'node:crypto';
import { type KubeObject, parseTime, type Secret } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import type { Authenticator, UserInfo } from './contract.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const NAMESPACE = 'kube-system';
const TYPE = 'bootstrap.kubernetes.io/token';
const GROUP = 'system:bootstrappers';
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export interface BootstrapTokenOptions {
  readonly clock: Clock;
  readonly lookup: (plural: 'secrets', namespace: string, name: string) => KubeObject | undefined;
}

/** Tokens that new nodes join with, kept in Secrets of kube-system (KEP-130). */
export function bootstrapTokenAuthenticator({ clock, lookup }: BootstrapTokenOptions): Authenticator {
  return {
    name: 'bootstrap-token',
    async authenticate({ bearerToken }) {
      const [, id = '', secret = ''] = TOKEN.exec(bearerToken ?? '') ?? [];
      if (id === '') return undefined;
      const stored = lookup('secrets', NAMESPACE, `bootstrap-token-${id}`) as Secret | undefined;
      return stored === undefined || !isGood(stored, id, secret, clock.now()) ? undefined : userOf(id, stored);
    },
  };
}

function isGood(stored: Secret, id: string, secret: string, nowMs: number): boolean {
  if (stored.type !== TYPE || stored.metadata.deletionTimestamp !== undefined) return false;
  if (textOf(stored, 'token-id') !== id || !isSame(textOf(stored, 'token-secret'), secret)) return false;
  const expiration = textOf(stored, 'expiration');
  // What cannot be read counts as over.
  if (expiration !== '' && !(parseTime(expiration) > nowMs)) return false;
  return textOf(stored, 'usage-bootstrap-authentication') === 'true';
}

function userOf(id: string, stored: Secret): UserInfo | undefined {
  const extra = textOf(stored, 'auth-extra-groups')
    .split(',')
    .filter((group) => group !== '');
  if (!extra.every((group) => EXTRA_GROUP.test(group))) return undefined;
  return { name: `system:bootstrap:${id}`, groups: [...new Set([GROUP, ...extra])] };
}

function textOf({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

/** Compares digests, so that the time taken says nothing. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return a !== '' && timingSafeEqual(digest(a), digest(b));
}
