import { isNotFound, isTerminating, type Namespace, nameOf, parseTime, Resources } from '@steersman/api';
import { retryOnConflict } from '@steersman/client';
import type { NextPass } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';
import { deleteContent } from './content.ts';
import { conditionsOf, type Findings } from './status.ts';

/** The finalizer that stands for this controller's work. */
const FINALIZER = 'kubernetes';
/** Between looks at what is left: soon at first, and less often the longer it takes. */
const LOOK_AGAIN_MIN_MS = 250;
const LOOK_AGAIN_MAX_MS = 15_000;
const LOOK_AGAIN_SHARE = 0.25;

function isDone({ undiscovered, failures, remaining }: Findings): boolean {
  return undiscovered.length === 0 && failures.length === 0 && remaining.size === 0;
}

/** One pass over one namespace: nothing while it lives; once deleted, its content, its conditions, its finalizer. */
function namespaceReconciler({ client, effects }: ControllerContext, cached: (name: string) => Namespace | undefined) {
  const namespaces = client.resource(Resources.namespaces);

  async function report(name: string, findings: Findings, signal: AbortSignal): Promise<void> {
    await retryOnConflict(async () => {
      const fresh = await namespaces.get({ name }, { signal });
      const conditions = conditionsOf(fresh.status?.conditions ?? [], findings, effects.clock.now());
      const status = { ...fresh.status, phase: 'Terminating', conditions };
      if (!same(status, fresh.status)) await namespaces.updateStatus({ ...fresh, status }, { signal });
    });
  }

  async function finalize(name: string, signal: AbortSignal): Promise<void> {
    await retryOnConflict(async () => {
      const fresh = await namespaces.get({ name }, { signal });
      const finalizers = (fresh.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
      await namespaces.subresource(
        'PUT',
        { name },
        'finalize',
        { ...fresh, spec: { ...fresh.spec, finalizers } },
        signal,
      );
    });
  }

  return async function reconcileNamespace(name: string, signal: AbortSignal): Promise<NextPass> {
    const namespace = cached(name);
    if (namespace === undefined || !isTerminating(namespace)) return 'on-change';
    if (!(namespace.spec.finalizers ?? []).includes(FINALIZER)) return 'on-change';
    try {
      const findings = await deleteContent(client, name, signal);
      if (isDone(findings)) {
        await finalize(name, signal);
        return 'on-change';
      }
      await report(name, findings, signal);
    } catch (error) {
      if (isNotFound(error)) return 'on-change';
      throw error;
    }
    const waitedMs = effects.clock.now() - parseTime(namespace.metadata.deletionTimestamp ?? '');
    return { afterMs: Math.min(LOOK_AGAIN_MAX_MS, Math.max(LOOK_AGAIN_MIN_MS, waitedMs * LOOK_AGAIN_SHARE)) };
  };
}

export const namespaceController: Controller = {
  name: 'namespace-controller',
  alias: 'namespace',
  account: 'namespace-controller',
  async run(context, signal) {
    const namespaces = context.informers.informer(Resources.namespaces, { project: withoutManagedFields });
    await runLoop(
      context,
      {
        name: 'namespace',
        concurrencyMax: context.config.concurrentNamespaceSyncs,
        reconcile: namespaceReconciler(context, (name) => namespaces.get(name) as Namespace | undefined),
        connect: (queue) =>
          enqueueOn(namespaces, queue, (change) =>
            change.kind !== 'deleted' && isTerminating(change.object) ? [nameOf(objectOf(change))] : [],
          ),
      },
      signal,
    );
  },
};
