/** The calls of a service, from a descriptor: where they are and how their messages are written. */
import { decodeMessage } from './protobuf-decoder.ts';
import { encodeMessage } from './protobuf-encoder.ts';
import { type Descriptor, messageTypes } from './protobuf-schema.ts';

export type Message = Readonly<Record<string, unknown>>;

/** How one method's messages are written. Encoded ones are overwritten by the next: whoever keeps one copies it. */
export interface Wire {
  /** `/etcdserverpb.KV/Range` */
  readonly path: string;
  readonly encodeRequest: (message: Message) => Uint8Array;
  readonly decodeRequest: (bytes: Buffer) => Message;
  readonly encodeResponse: (message: Message) => Uint8Array;
  readonly decodeResponse: (bytes: Buffer) => Message;
}

interface DescribedService {
  readonly methods: Readonly<Record<string, { readonly requestType: string; readonly responseType: string }>>;
}

/** Finds a method of a package's service, by their names. */
export function wires(descriptor: Descriptor, packageName: string): (service: string, method: string) => Wire {
  const typeOf = messageTypes(descriptor);
  const { nested } = descriptor.nested[packageName] as { readonly nested: Readonly<Record<string, DescribedService>> };
  const made = new Map<string, Wire>();
  return (service, method) => {
    const path = `/${packageName}.${service}/${method}`;
    const known = made.get(path);
    if (known !== undefined) return known;
    const { requestType, responseType } = nested[service]!.methods[method]!;
    const [request, response] = [requestType, responseType].map((name) => typeOf(`${packageName}.${name}`));
    const wire: Wire = {
      path,
      encodeRequest: (message) => encodeMessage(request!, message),
      decodeRequest: (bytes) => decodeMessage(request!, bytes),
      encodeResponse: (message) => encodeMessage(response!, message),
      decodeResponse: (bytes) => decodeMessage(response!, bytes),
    };
    made.set(path, wire);
    return wire;
  };
}
