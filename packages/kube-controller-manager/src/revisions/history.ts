import {
  type ControllerRevision,
  ignoreNotFound,
  isAlreadyExists,
  type KubeObject,
  labelSelectorMatcher,
  nameOf,
  namespaceOf,
  ownerReferenceTo,
  type PodTemplateSpec,
  Resources,
  type ResourceType,
} from '@steersman/api';
import { type Client, claim, type Informer, type Informers } from '@steersman/client';
import { canonicalText, same } from '../controller/same.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';
import { templateHash } from '../pods/template-hash.ts';

/** On pods and revisions: the hash of the template they were made from. */
export const REVISION_LABEL = 'controller-revision-hash';

/** The one copy of the ControllerRevisions, found by owner. */
export function revisionInformer(informers: Informers): Informer<ControllerRevision> {
  const ownerUids = ({ metadata }: ControllerRevision) => (metadata.ownerReferences ?? []).map(({ uid }) => uid);
  return informers.informer(Resources.controllerRevisions, {
    project: withoutManagedFields<ControllerRevision>,
    indexes: {
      owner: ownerUids,
      orphan: (revision: ControllerRevision) =>
        (revision.metadata.ownerReferences ?? []).length === 0 ? [namespaceOf(revision)] : [],
    },
  });
}

/** A revision's content: the patch that `kubectl rollout undo` applies to go back to it. */
export function revisionData(template: PodTemplateSpec): Readonly<Record<string, unknown>> {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template that a revision stands for. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { $patch: _patch, ...template } =
    (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined)?.spec?.template ?? {};
  return template;
}

export interface Owner {
  readonly object: KubeObject;
  readonly type: ResourceType;
  readonly template: PodTemplateSpec;
  readonly selector: Parameters<typeof labelSelectorMatcher>[0];
  readonly historyLimit: number;
  readonly collisionCount: number | undefined;
}

export interface History {
  /** The revision of the present template. */
  readonly current: ControllerRevision;
  /** All others, oldest first. */
  readonly old: readonly ControllerRevision[];
}

function hashOf({ metadata }: ControllerRevision): string {
  return metadata.labels?.[REVISION_LABEL] ?? '';
}

export { hashOf as revisionHash };

function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  return a.revision - b.revision || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
}

function newRevision({ object, type, template, collisionCount }: Owner, revision: number): ControllerRevision {
  const hash = templateHash(template, collisionCount);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${nameOf(object)}-${hash}`,
      namespace: namespaceOf(object),
      labels: { ...template.metadata?.labels, [REVISION_LABEL]: hash },
      ownerReferences: [ownerReferenceTo(object, type)],
    },
    data: revisionData(template),
    revision,
  };
}

/** Finds or makes the revision of the owner's template, and gives it the highest number. */
export async function keepHistory(
  client: Client,
  revisions: Informer<ControllerRevision>,
  owner: Owner,
  signal: AbortSignal,
): Promise<History> {
  const requests = client.resource(Resources.controllerRevisions);
  const candidates = [
    ...revisions.byIndex('owner', owner.object.metadata.uid ?? ''),
    ...revisions.byIndex('orphan', namespaceOf(owner.object)),
  ];
  const owned = await claim({
    owner: owner.object,
    ownerType: owner.type,
    selector: labelSelectorMatcher(owner.selector),
    candidates: candidates as readonly ControllerRevision[],
    client: requests,
    mayAdopt: async () => true,
    signal,
  });
  const sorted = owned.toSorted(byRevision);
  const wanted = canonicalText(owner.template);
  const found = sorted.findLast((revision) => canonicalText(templateOf(revision)) === wanted);
  const highest = sorted.at(-1)?.revision ?? 0;
  if (found !== undefined) {
    const current =
      found.revision === highest ? found : await requests.update({ ...found, revision: highest + 1 }, { signal });
    return { current, old: sorted.filter((revision) => revision !== found) };
  }
  const made = newRevision(owner, highest + 1);
  try {
    return { current: await requests.create(made, { signal }), old: sorted };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    // Ours, from a pass whose result the cache does not show yet.
    const existing = await requests.get({ namespace: namespaceOf(made), name: nameOf(made) }, { signal });
    if (!same(templateOf(existing), owner.template)) throw error;
    return { current: existing, old: sorted };
  }
}

/** Deletes old revisions beyond the limit, oldest first, that no pod uses. */
export async function trimHistory(
  client: Client,
  { old }: History,
  usedHashes: ReadonlySet<string>,
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  const unused = old.filter((revision) => !usedHashes.has(hashOf(revision)));
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
    await client
      .resource(Resources.controllerRevisions)
      .delete({ namespace: namespaceOf(revision), name: nameOf(revision) }, { signal })
      .catch(ignoreNotFound);
  }
}
