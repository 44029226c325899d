/** etcd's gRPC services, from the descriptor in the facts: no generated code. */
import type * as grpc from '@grpc/grpc-js';
import type { Clock } from '@steersman/machinery';
import type { EmbeddedStorage } from '../../embedded.ts';
import { etcdServices } from '../../etcd/adapters/services.ts';
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
type Stream = grpc.ServerDuplexStream<Message, Message>;
/** Never answers by itself: streams end with their connections. */
const OK = 0;

export function addServices(server: grpc.Server, face: Face): void {
  const services = etcdServices();
  for (const [service, calls] of Object.entries(unaryCalls(face))) {
    const implementation: grpc.UntypedServiceImplementation = { ...streams(face)[service] };
    for (const [method, call] of Object.entries(calls)) implementation[method] = unary(face, service, method, call);
    server.addService(services(service), implementation);
  }
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

function unary(face: Face, service: string, method: string, call: Call) {
  return (request: grpc.ServerUnaryCall<Message, Message>, answer: grpc.sendUnaryData<Message>): void => {
    call(request.request as never).then(
      (message) => {
        face.answered(service, method, OK);
        answer(null, message);
      },
      (error: unknown) => {
        const refusal = refusalOf(error);
        face.answered(service, method, refusal.code);
        answer(refusal);
      },
    );
  };
}

function streams(face: Face): Record<string, grpc.UntypedServiceImplementation> {
  return {
    Watch: { Watch: (call: Stream) => watch(face, call) },
    Lease: { LeaseKeepAlive: (call: Stream) => keepAlive(face, call) },
    Maintenance: { Snapshot: (call: grpc.ServerWritableStream<Message, Message>) => void sendSnapshot(face, call) },
  };
}

function watch(face: Face, call: Stream): void {
  const stream = new WatchStream({
    storage: face.storage,
    clock: face.clock,
    header: face.header,
    fragmentBytesMax: face.fragmentBytesMax,
    progressIntervalMs: face.progressIntervalMs,
    send: (response, sent) => void call.write(response, sent),
    fail: (error) => void call.emit('error', refusalOf(error)),
  });
  call.on('data', (request: Message) => stream.take(request as WatchRequest));
  call.on('end', () => {
    stream.close();
    call.end();
  });
  call.on('cancelled', () => stream.close());
  call.on('error', () => stream.close());
}

function keepAlive({ leases, storage, header }: Face, call: Stream): void {
  call.on('data', (request: Message) => {
    const ID = request['ID'] as string;
    const TTL = leases.renew(BigInt(ID));
    storage.currentRevision().then(
      (revision) => call.write({ header: header(revision), ID, TTL }),
      (error: unknown) => call.emit('error', refusalOf(error)),
    );
  });
  call.on('end', () => call.end());
  call.on('error', () => undefined);
}

async function sendSnapshot(
  { snapshot, header, storage }: Face,
  call: grpc.ServerWritableStream<Message, Message>,
): Promise<void> {
  try {
    const head = header(await storage.currentRevision());
    for await (const { blob, remaining } of snapshot()) {
      if (call.cancelled) return;
      await new Promise((resolve) => call.write({ header: head, blob, remaining_bytes: remaining }, resolve));
    }
    call.end();
  } catch (error) {
    call.emit('error', refusalOf(error));
  }
}
