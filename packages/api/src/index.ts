export * from './contract.ts';
export { type GrpcInterface, grpcDescriptor } from './facts.ts';
export { Resources } from './generated/resources.ts';
export type * from './generated/types.ts';
export {
  type GroupInfo,
  groupTable,
  type Lifecycle,
  type ResourceInfo,
  resourceTable,
  type SubresourceInfo,
} from './tables.ts';
