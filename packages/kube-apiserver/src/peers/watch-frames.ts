/** Where the events of a watch end in the bytes of its answer: a watch that is ended must not end within one. */

export interface WatchFrames {
  take(chunk: Uint8Array): void;
  /** Whether the bytes so far are whole events. */
  readonly whole: boolean;
}

const NEW_LINE = 10;
const LENGTH_BYTES = 4;

/** Protobuf comes in frames with their length before them, CBOR as a sequence, whatever else there is as lines. */
export function watchFrames(contentType: string): WatchFrames {
  if (contentType.startsWith('application/vnd.kubernetes.protobuf')) return lengthFrames();
  if (contentType.startsWith('application/cbor')) return { take: () => undefined, whole: true };
  let last = NEW_LINE;
  return {
    take(chunk) {
      last = chunk.at(-1) ?? last;
    },
    get whole() {
      return last === NEW_LINE;
    },
  };
}

function lengthFrames(): WatchFrames {
  let left = 0;
  let length = 0;
  let lengthBytes = 0;
  return {
    take(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const skipped = Math.min(left, chunk.length - at);
        left -= skipped;
        at += skipped;
        if (at === chunk.length) return;
        length = length * 256 + chunk[at]!;
        at += 1;
        lengthBytes += 1;
        if (lengthBytes < LENGTH_BYTES) continue;
        [left, length, lengthBytes] = [length, 0, 0];
      }
    },
    get whole() {
      return left === 0 && lengthBytes === 0;
    },
  };
}
