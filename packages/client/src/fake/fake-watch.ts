import {
  errors,
  type KubeObject,
  namespaceOf,
  parseFieldSelector,
  parseLabelSelector,
  type ResourceInfo,
} from '@steersman/api';
import type { FakeEvent, FakeStore } from './fake-store.ts';

/** The value that a field selector compares: `spec.nodeName` walks the object. */
function fieldOf(object: unknown, field: string): string {
  let value: unknown = object;
  for (const name of field.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return value === undefined || value === null ? '' : String(value);
}

/** Whether an object is in the namespace and matches both selectors. */
export function fakeSelection(namespace: string | undefined, query: URLSearchParams): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  return (object) => {
    if (namespace !== undefined && namespaceOf(object) !== namespace) return false;
    if (!labels.matches(object.metadata.labels ?? {})) return false;
    return fields.requirements.every(
      ({ field, operator, value }) => (operator === '!=') !== (fieldOf(object, field) === value),
    );
  };
}

/** How a change looks to someone who sees only what matches. */
function seenAs(
  event: FakeEvent,
  matches: (object: KubeObject) => boolean,
): { type: string; object: KubeObject } | undefined {
  const now = event.type !== 'DELETED' && matches(event.object);
  const before = event.previous !== undefined && matches(event.previous);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object: event.object };
  return before ? { type: 'DELETED', object: { ...event.object } } : undefined;
}

/** A watch: what is there (if asked), a bookmark, the history since a revision, then every change until `end`. */
export function fakeWatch(
  store: FakeStore,
  info: ResourceInfo,
  namespace: string | undefined,
  query: URLSearchParams,
): { stream: AsyncIterable<Uint8Array>; end: () => void } {
  const matches = fakeSelection(namespace, query);
  const from = query.get('resourceVersion') ?? '';
  const pending: Uint8Array[] = [];
  let ended = false;
  let wake = () => {};
  const send = (event: unknown) => {
    pending.push(Buffer.from(`${JSON.stringify(event)}\n`));
    wake();
  };
  const sendChange = (change: FakeEvent) => {
    const seen = seenAs(change, matches);
    if (seen !== undefined) send(seen);
  };

  if (Number(from) > store.revision) throw errors.resourceVersionTooLarge(from, String(store.revision));
  const initial = query.get('sendInitialEvents') === 'true';
  if (initial || from === '' || from === '0')
    for (const object of store.list(info)) if (matches(object)) send({ type: 'ADDED', object });
  if (initial) {
    const metadata = { resourceVersion: String(store.revision), annotations: { 'k8s.io/initial-events-end': 'true' } };
    send({ type: 'BOOKMARK', object: { kind: info.kind, metadata } });
  }
  if (from !== '' && from !== '0' && !initial)
    for (const change of store.history(info, Number(from))) sendChange(change);
  const unsubscribe = store.subscribe(info, sendChange);

  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      while (!ended || pending.length > 0) {
        const chunk = pending.shift();
        if (chunk !== undefined) yield chunk;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      unsubscribe();
    }
  }
  const end = () => {
    ended = true;
    unsubscribe();
    wake();
  };
  return { stream: stream(), end };
}
