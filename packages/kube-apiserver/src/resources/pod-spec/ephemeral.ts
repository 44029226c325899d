/** What the ephemeral containers of a running pod may become (KEP-277): more. */
import { type FieldError, fieldErrors, type Pod, path, semanticEqual } from '@steersman/api';
import { isMirror } from './annotations.ts';
import { unifiedDiff } from './difference.ts';
import { internalForm } from './internal-form.ts';
import { validateChangedPod } from './update.ts';

const AT = path('spec', 'ephemeralContainers');

export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  if (isMirror(old.metadata))
    return [fieldErrors.forbidden(path(''), 'static pods do not support ephemeral containers')];
  const now = new Map((pod.spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  const changes = (old.spec.ephemeralContainers ?? []).flatMap((before) => {
    const found = now.get(before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (found === undefined) return [fieldErrors.forbidden(AT, `${which} may not be removed\n`)];
    if (semanticEqual(found, before)) return [];
    const form = (container: typeof before) => internalForm(container, 'EphemeralContainer');
    return [fieldErrors.forbidden(AT, `${which} may not be changed\n${unifiedDiff(form(before), form(found))}`)];
  });
  return [...validateChangedPod(pod, old), ...changes];
}
