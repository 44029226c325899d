export { ClusterError, type ClusterErrorCode } from './errors.ts';
