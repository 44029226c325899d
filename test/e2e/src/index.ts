export {
  type Kubectl,
  kubectlFor,
  oldKubectl,
  REPOSITORY,
  runProgram,
  SHARED,
  type TestCluster,
  testCluster,
} from './cluster.ts';
export { eventually } from './eventually.ts';
export { type Inventory, inventory, leftBehind, namespacesBelow, namespacesInUse } from './inventory.ts';
export { podRange } from './pod-range.ts';
export { withoutContainers, withoutFile, withoutKubectl } from './requirements.ts';
