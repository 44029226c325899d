/** etcd's gRPC services, from the descriptor in the facts: no generated code. */
import type { Clock } from '@steersman/machinery';
import type { EmbeddedStorage } from '../../embedded.ts';
import { etcdWires } from '../../etcd/wires.ts';
import type { Method, ServerCall, ServerCallHandlers } from '../../grpc/server.ts';
import type { Wire } from '../../grpc/service.ts';
import type { Kv } from '../kv.ts';
import type { Leases } from '../leases.ts';
import type { createMaintenance } from '../maintenance.ts';
import type { Message, WatchRequest } from '../messages.ts';
import { refusalOf } from '../refusal.ts';
import { WatchStream } from '../watch-stream.ts';
import type { SnapshotSource } from './snapshot-source.ts';

export interface Face {
  readonly storage: EmbeddedStorage;
  readonly kv: Kv;
  readonly leases: Leases;
  readonly maintenance: ReturnType<typeof createMaintenance>;
  readonly snapshot: SnapshotSource;
  readonly header: (revision: number) => Message;
  readonly clock: Clock;
  readonly fragmentBytesMax: number;
  readonly progressIntervalMs: number;
  /** Counts an answered call. */
  readonly answered: (service: string, method: string, code: number) => void;
}

type Call<Request = never> = (request: Request) => Promise<Message>;
/** Never answers by itself: streams end with their connections. */
const OK = 0;

/** Every method there is, by its path. */
export function methodsOf(face: Face): ReadonlyMap<string, Method> {
  const wireOf = etcdWires();
  const methods = new Map<string, Method>();
  for (const [service, calls] of Object.entries(unaryCalls(face))) {
    for (const [name, call] of Object.entries(calls)) {
      const wire = wireOf(service, name);
      methods.set(wire.path, {
        kind: 'unary',
        answer: unary(face, service, name, wire, call),
        encode: wire.encodeResponse,
      });
    }
    for (const [name, open] of Object.entries(streams(face)[service] ?? {})) {
      const wire = wireOf(service, name);
      methods.set(wire.path, { kind: 'stream', open: (call) => open(call, wire) });
    }
  }
  return methods;
}

/** Methods that are not here are answered as unimplemented. */
function unaryCalls({ kv, maintenance, leases, header, storage }: Face): Record<string, Record<string, Call>> {
  const current = async () => header(await storage.currentRevision());
  return {
    KV: { Range: kv.range, Put: kv.put, DeleteRange: kv.deleteRange, Txn: kv.txn, Compact: kv.compact },
    Watch: {},
    Lease: {
      async LeaseGrant({ ID, TTL }: LeaseMessage) {
        const { id, ttlSeconds } = await leases.grant(BigInt(ID), Number(TTL));
        return { header: await current(), ID: String(id), TTL: ttlSeconds };
      },
      LeaseRevoke: async ({ ID }: LeaseMessage) => ({ header: header(await leases.revoke(BigInt(ID))) }),
      async LeaseTimeToLive({ ID, keys }: LeaseMessage) {
        const found = leases.describe(BigInt(ID));
        if (found === undefined) return { header: await current(), ID, TTL: -1 };
        const shown = keys ? { keys: found.keys.map((key) => Buffer.from(key, 'latin1')) } : {};
        return { header: await current(), ID, TTL: found.ttlSeconds, grantedTTL: found.grantedSeconds, ...shown };
      },
      LeaseLeases: async () => ({ header: await current(), leases: leases.list().map((id) => ({ ID: String(id) })) }),
    },
    Cluster: { MemberList: maintenance.memberList },
    Maintenance: {
      Status: maintenance.status,
      Alarm: maintenance.alarm,
      Defragment: maintenance.defragment,
      Hash: maintenance.hash,
      HashKV: maintenance.hashKv,
    },
    Auth: { AuthStatus: maintenance.authStatus, Authenticate: maintenance.authenticate },
  };
}

interface LeaseMessage {
  readonly ID: string;
  readonly TTL: string;
  readonly keys: boolean;
}

function unary(face: Face, service: string, method: string, wire: Wire, call: Call) {
  return async (bytes: Buffer): Promise<Message> => {
    try {
      const answer = await call(wire.decodeRequest(bytes) as never);
      face.answered(service, method, OK);
      return answer;
    } catch (error) {
      const refusal = refusalOf(error);
      face.answered(service, method, refusal.code);
      throw refusal;
    }
  };
}

type Open = (call: ServerCall, wire: Wire) => ServerCallHandlers;

function streams(face: Face): Readonly<Record<string, Readonly<Record<string, Open>>>> {
  return {
    Watch: { Watch: (call, wire) => watch(face, call, wire) },
    Lease: { LeaseKeepAlive: (call, wire) => keepAlive(face, call, wire) },
    Maintenance: { Snapshot: (call, wire) => sendSnapshot(face, call, wire) },
  };
}

function watch(face: Face, call: ServerCall, { decodeRequest, encodeResponse }: Wire): ServerCallHandlers {
  const stream = new WatchStream({
    storage: face.storage,
    clock: face.clock,
    header: face.header,
    fragmentBytesMax: face.fragmentBytesMax,
    progressIntervalMs: face.progressIntervalMs,
    send: (response, sent) => call.send(encodeResponse(response), sent),
    fail: (error) => call.end(refusalOf(error)),
  });
  return {
    onMessage: (message) => stream.take(decodeRequest(message) as WatchRequest),
    onEnd: () => call.end(),
    onClose: () => stream.close(),
  };
}

function keepAlive(
  { leases, storage, header }: Face,
  call: ServerCall,
  { decodeRequest, encodeResponse }: Wire,
): ServerCallHandlers {
  return {
    onMessage(message) {
      const ID = decodeRequest(message)['ID'] as string;
      const TTL = leases.renew(BigInt(ID));
      storage.currentRevision().then(
        (revision) => call.send(encodeResponse({ header: header(revision), ID, TTL })),
        (error: unknown) => call.end(refusalOf(error)),
      );
    },
    onEnd: () => call.end(),
    onClose: () => undefined,
  };
}

function sendSnapshot(face: Face, call: ServerCall, wire: Wire): ServerCallHandlers {
  let wake: () => void = () => undefined;
  return {
    onMessage: () => undefined,
    onEnd: () => void sendParts(face, call, wire, (sent) => (wake = sent)),
    onClose: () => wake(),
  };
}

/** One part after the other: the next is read when the last is on its way, or when nobody wants it any more. */
async function sendParts(
  { snapshot, header, storage }: Face,
  call: ServerCall,
  { encodeResponse }: Wire,
  onSend: (sent: () => void) => void,
): Promise<void> {
  try {
    const head = header(await storage.currentRevision());
    for await (const { blob, remaining } of snapshot()) {
      if (call.over) return;
      await new Promise<void>((sent) => {
        onSend(sent);
        call.send(encodeResponse({ header: head, blob, remaining_bytes: remaining }), sent);
      });
    }
    call.end();
  } catch (error) {
    call.end(refusalOf(error));
  }
}
