import { grpcDescriptor } from '@steersman/api';
import { wires } from '../grpc/service.ts';

/** etcd's calls, from the descriptor in the facts: for its clients and for whoever serves as etcd. */
export function etcdWires() {
  return wires(grpcDescriptor('etcd-rpc'), 'etcdserverpb');
}
