import type { Effects } from '@steersman/machinery';
import type { Placement, Plugin, Profile, Rejection } from './contract.ts';

export type BindOutcome =
  | { readonly kind: 'bound' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly plugin: string }
  | { readonly kind: 'error'; readonly error: unknown };

/** Runs Reserve: all plugins or none. */
export function reserve(profile: Profile, placement: Placement): BindOutcome | undefined {
  const done: Plugin[] = [];
  for (const plugin of profile.plugins.reserve) {
    done.push(plugin);
    const rejection = plugin.reserve!(placement);
    if (rejection === undefined) continue;
    unreserve(done, placement);
    return { kind: 'rejected', rejection, plugin: plugin.name };
  }
  return undefined;
}

/** In reverse order, and those included that have not reserved: they must bear it. */
export function unreserve(plugins: readonly Plugin[], placement: Placement): void {
  for (const plugin of plugins.toReversed()) plugin.unreserve?.(placement);
}

/** Runs Permit, PreBind, Bind and PostBind: everything that may wait, beside the scheduling of other pods. */
export async function bindPod(
  profile: Profile,
  placement: Placement,
  { log }: Pick<Effects, 'log'>,
): Promise<BindOutcome> {
  const { permit, preBind, bind, postBind } = profile.plugins;
  try {
    for (const plugin of permit) {
      const rejection = await plugin.permit!(placement);
      if (rejection !== undefined) return { kind: 'rejected', rejection, plugin: plugin.name };
    }
    for (const plugin of preBind) await plugin.preBind!(placement);
    let isBound = false;
    for (const plugin of bind) isBound ||= await plugin.bind!(placement);
    if (!isBound)
      return { kind: 'rejected', rejection: { code: 'error', reasons: ['no binder took the pod'] }, plugin: 'Bind' };
  } catch (error) {
    return { kind: 'error', error };
  }
  for (const plugin of postBind) plugin.postBind!(placement);
  log.debug('Bound pod', { pod: placement.pod.key, node: placement.node.name });
  return { kind: 'bound' };
}
