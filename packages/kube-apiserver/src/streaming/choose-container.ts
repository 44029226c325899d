import { errors, type Pod } from '@steersman/api';

/** The container that a log, exec or attach request means. Throws ApiError BadRequest with upstream's texts. */
export function chooseContainer(pod: Pod, asked: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(' ');
  const podName = pod.metadata.name ?? '';
  if (asked !== '') {
    const known = [...containers, ...initContainers, ...ephemeralContainers].some(({ name }) => name === asked);
    if (!known) throw errors.badRequest(`container ${asked} is not valid for pod ${podName}`);
    return asked;
  }
  const [first, second] = containers;
  if (first !== undefined && second === undefined) return first.name;
  if (first === undefined) throw errors.badRequest(`a container name must be specified for pod ${podName}`);
  let choice = `a container name must be specified for pod ${podName}, choose one of: [${names(containers)}]`;
  if (initContainers.length > 0) choice += ` or one of the init containers: [${names(initContainers)}]`;
  if (ephemeralContainers.length > 0) choice += ` or one of the ephemeral containers: [${names(ephemeralContainers)}]`;
  throw errors.badRequest(choice);
}
