import { type Container, type Draft, type Pod, Resources, type ServiceAccount } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, isWriteOf } from './request.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** One hour and seven seconds: distinguishes our tokens from those asked for with the round number. */
const TOKEN_SECONDS = 3607;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** A new namespace's default account is made by a controller a moment later. */
const DEFAULT_ACCOUNT_TRIES_MAX = 10;
const DEFAULT_ACCOUNT_WAIT_MS = 100;

/** Gives every pod a service account, and its containers the account's token (KEP-1205, KEP-2799). */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  handles: (request) => isWriteOf(request, '/pods', 'create'),
  async mutate(request) {
    const pod = request.object as Draft<Pod>;
    if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return checkMirror(request, pod);
    pod.spec.serviceAccountName ||= 'default';
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const account = await findAccount(request, pod.spec.serviceAccountName);
    if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
      mountToken(pod, request.random.suffix(5));
    const secrets = account.imagePullSecrets ?? [];
    if ((pod.spec.imagePullSecrets ?? []).length === 0 && secrets.length > 0)
      pod.spec.imagePullSecrets = secrets.map((secret) => ({ ...secret }));
  },
};

/** The mirror of a static pod exists for looking at; it has no identity. */
function checkMirror(request: AdmissionRequest, pod: Draft<Pod>): void {
  if (pod.spec.serviceAccountName) throw forbidden(request, 'a mirror pod may not reference service accounts');
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.secret) throw forbidden(request, 'a mirror pod may not reference secrets');
    const token = volume.projected?.sources?.some((source) => source.serviceAccountToken !== undefined);
    if (token === true) throw forbidden(request, 'a mirror pod may not use ServiceAccountToken volume projections');
  }
}

async function findAccount(request: AdmissionRequest, name: string): Promise<ServiceAccount> {
  const { namespace, clock, signal } = request;
  const tries = name === 'default' ? DEFAULT_ACCOUNT_TRIES_MAX : 1;
  for (let attempt = 1; ; attempt++) {
    const account = await find(request, Resources.serviceAccounts, { namespace, name });
    if (account !== undefined) return account;
    if (attempt >= tries)
      throw forbidden(
        request,
        `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
      );
    await clock.sleep(DEFAULT_ACCOUNT_WAIT_MS, signal);
  }
}

function mountToken(pod: Draft<Pod>, suffix: string): void {
  const existing = (pod.spec.volumes ?? []).find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const volume = existing?.name ?? `${VOLUME_PREFIX}${suffix}`;
  const mounted = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) =>
    mount(container, volume),
  );
  if (existing === undefined && mounted.includes(true))
    pod.spec.volumes = [...(pod.spec.volumes ?? []), tokenVolume(volume)];
}

/** True when the container did not have something of its own at the path. */
function mount(container: Draft<Container>, volume: string): boolean {
  if (container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH)) return false;
  container.volumeMounts = [...(container.volumeMounts ?? []), { name: volume, readOnly: true, mountPath: TOKEN_PATH }];
  return true;
}

function tokenVolume(name: string): NonNullable<Draft<Pod>['spec']['volumes']>[number] {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}
