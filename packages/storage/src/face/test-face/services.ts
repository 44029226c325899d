import type * as grpc from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { grpcDescriptor } from '@steersman/api';

/** etcd's gRPC services by name (`KV`, `Watch`), from the descriptor in the facts: for its clients and for whoever serves as etcd. */
export function etcdServices(): (service: string) => grpc.ServiceDefinition {
  const definition = fromJSON(grpcDescriptor('etcd-rpc') as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return (service) => definition[`etcdserverpb.${service}`] as grpc.ServiceDefinition;
}
