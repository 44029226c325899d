/** The add-ons every cluster with containers gets: cluster DNS. */
import { type Deployment, type KubeObject, Resources, type ResourceType } from '@steersman/api';
import type { Client } from '@steersman/client';
import { type ClusterConfig, dnsServiceAddress, steersmanImageName } from '@steersman/cluster';
import { dnsManifests } from '@steersman/dns';
import { sourceFingerprint } from './bundle.ts';
import { SELF_VERSION } from './version.ts';

const TYPES: Readonly<Record<string, ResourceType<KubeObject>>> = {
  ServiceAccount: Resources.serviceAccounts as ResourceType<never>,
  ClusterRole: Resources.clusterRoles as ResourceType<never>,
  ClusterRoleBinding: Resources.clusterRoleBindings as ResourceType<never>,
  Service: Resources.services as ResourceType<never>,
  Deployment: Resources.deployments as ResourceType<never>,
};

/** Creates what is missing and brings the rest up to date, in order. */
export async function applyDns(client: Client, config: ClusterConfig): Promise<void> {
  const manifests = dnsManifests({
    image: steersmanImageName(SELF_VERSION),
    entrypoint: ['/usr/local/bin/node', '/app/steersman.mjs'],
    clusterIP: dnsServiceAddress(config.serviceCidr),
    clusterDomain: config.clusterDomain,
  });
  for (const manifest of manifests) await applyObject(client, noting(manifest, sourceFingerprint()));
}

/** Pods are replaced when the image has been, although it keeps its name. */
function noting(manifest: KubeObject, fingerprint: string): KubeObject {
  if (manifest.kind !== 'Deployment') return manifest;
  const deployment = manifest as Deployment;
  const { template } = deployment.spec;
  const annotations = { ...template.metadata?.annotations, 'steersman.dev/image-fingerprint': fingerprint };
  const metadata = { ...template.metadata, annotations };
  return { ...deployment, spec: { ...deployment.spec, template: { ...template, metadata } } } as KubeObject;
}

/** Server-side apply: creates or updates, and leaves alone what others have set. */
async function applyObject(client: Client, manifest: KubeObject): Promise<void> {
  const type = TYPES[manifest.kind ?? ''];
  if (type === undefined) throw new RangeError(`no resource type for kind ${manifest.kind}`);
  const { name = '', namespace } = manifest.metadata;
  const key = namespace === undefined ? { name } : { name, namespace };
  await client.resource(type).patch(key, { type: 'apply', body: manifest, force: true }, { fieldManager: 'steersman' });
}
