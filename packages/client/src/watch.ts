import type { KubeObject, Status } from '@steersman/api';
import { errorOf, errorOfStatus, parseAnswer } from './answer.ts';
import { lineBatches } from './body.ts';
import type { TransportResponse, WatchEvent } from './contract.ts';

/** Set to "true" on the bookmark that ends `sendInitialEvents` (KEP-3157). */
export const INITIAL_EVENTS_END_ANNOTATION = 'k8s.io/initial-events-end';

interface WireEvent {
  readonly type: string;
  readonly object: KubeObject;
}

function eventOf<T extends KubeObject>(line: string): WatchEvent<T> | undefined {
  const { type, object } = parseAnswer(line) as WireEvent;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: object as T };
    case 'BOOKMARK':
      return {
        type,
        resourceVersion: object.metadata.resourceVersion ?? '',
        initialEventsEnd: object.metadata.annotations?.[INITIAL_EVENTS_END_ANNOTATION] === 'true',
      };
    case 'ERROR':
      throw errorOfStatus(object as unknown as Status);
    default:
      return undefined; // A type of a later version: nothing we asked for depends on it.
  }
}

/** The events of a watch answer. Throws `ApiError` for an error status and for an ERROR event (410 when expired). */
export async function* watchEvents<T extends KubeObject>(response: TransportResponse): AsyncGenerator<WatchEvent<T>> {
  if (response.status >= 400) throw await errorOf(response);
  for await (const lines of lineBatches(response.body)) {
    for (const line of lines) {
      const event = eventOf<T>(line);
      if (event !== undefined) yield event;
    }
  }
}
