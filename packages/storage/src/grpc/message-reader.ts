/** gRPC's messages in the data of a stream. */
import { Code, GrpcFailure } from './status.ts';

const HEAD_BYTES = 5;
const NOTHING = Buffer.alloc(0);

export interface MessageReaderOptions {
  /** Larger ones are refused. */
  readonly bytesMax: number;
  /** Of a message, a part of what was received. */
  readonly onMessage: (message: Buffer) => void;
}

export class MessageReader {
  readonly #options: MessageReaderOptions;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Bytes of the message under way with its head; 0 as long as that is not known. */
  #wanted = 0;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /** Throws GrpcFailure when a message is too large or compressed. */
  take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    for (;;) {
      if (this.#wanted === 0 && this.#bytes >= HEAD_BYTES) this.#wanted = this.#readHead();
      if (this.#wanted === 0 || this.#bytes < this.#wanted) return;
      const all = this.#joined();
      const message = all.subarray(HEAD_BYTES, this.#wanted);
      const rest = all.length === this.#wanted ? NOTHING : all.subarray(this.#wanted);
      this.#parts = rest.length === 0 ? [] : [rest];
      this.#bytes = rest.length;
      this.#wanted = 0;
      this.#options.onMessage(message);
    }
  }

  #readHead(): number {
    const head = this.#joined();
    if (head[0] !== 0) throw new GrpcFailure(Code.unimplemented, 'grpc: compressed messages are not understood');
    const length = head.readUInt32BE(1);
    const { bytesMax } = this.#options;
    if (length > bytesMax)
      throw new GrpcFailure(
        Code.resourceExhausted,
        `grpc: received message larger than max (${length} vs. ${bytesMax})`,
      );
    return HEAD_BYTES + length;
  }

  #joined(): Buffer {
    const [first] = this.#parts;
    if (this.#parts.length === 1) return first!;
    const all = Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }
}
