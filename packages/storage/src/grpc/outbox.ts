/** Gathers what is to be sent until the end of the turn: many frames of many streams in one write. */
import type { Duplex } from 'node:stream';

const SLAB_BYTES = 64 * 1024;
/** So much is sent at once, and not at the end of the turn. */
const BYTES_AT_ONCE = 256 * 1024;

export class Outbox {
  readonly #socket: Duplex;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #start = 0;
  #end = 0;
  #parts: Buffer[] = [];
  #bytes = 0;
  #sent: (() => void)[] = [];
  #scheduled = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Calls `write` with where to put so many bytes (a slab at most). */
  put(length: number, write: (target: Buffer, at: number) => void): void {
    if (this.#slab.length - this.#end < length) {
      this.#cut();
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#start = 0;
      this.#end = 0;
    }
    write(this.#slab, this.#end);
    this.#end += length;
    this.#grow(length);
  }

  /** Sends these bytes without copying them: nobody may change them. */
  push(bytes: Buffer): void {
    this.#cut();
    this.#parts.push(bytes);
    this.#grow(bytes.length);
  }

  /** Calls back when everything put so far is with the system. */
  whenSent(callback: () => void): void {
    this.#sent.push(callback);
  }

  flush(): void {
    this.#cut();
    const parts = this.#parts;
    if (parts.length === 0) return;
    const sent = this.#sent;
    this.#parts = [];
    this.#bytes = 0;
    if (sent.length > 0) this.#sent = [];
    if (this.#socket.destroyed) return;
    const tell = () => {
      for (const callback of sent) callback();
    };
    if (parts.length > 1) this.#socket.cork();
    for (const [index, part] of parts.entries())
      if (index === parts.length - 1 && sent.length > 0) this.#socket.write(part, tell);
      else this.#socket.write(part);
    if (parts.length > 1) this.#socket.uncork();
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= BYTES_AT_ONCE) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  #cut(): void {
    if (this.#end === this.#start) return;
    this.#parts.push(this.#slab.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
