export * from './contract.ts';
export * from './errors.ts';
export { type GrpcInterface, grpcDescriptor } from './facts.ts';
export * from './field-errors.ts';
export { Resources } from './generated/resources.ts';
export type * from './generated/types.ts';
export * from './names.ts';
export * from './objects.ts';
export * from './quantity.ts';
export * from './selectors.ts';
export {
  type GroupInfo,
  groupTable,
  type Lifecycle as ApiLifecycle,
  type ResourceInfo,
  resourceTable,
  type SubresourceInfo,
} from './tables.ts';
export * from './time.ts';
