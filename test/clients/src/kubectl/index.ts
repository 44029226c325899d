import { applying, patching, rollingOut } from './changing.ts';
import { creating } from './creating.ts';
import { discovering, nodes, reading } from './reading.ts';
import type { Story } from './step.ts';
import { streaming } from './streaming.ts';

export const stories: readonly Story[] = [
  creating,
  applying,
  patching,
  rollingOut,
  reading,
  discovering,
  nodes,
  streaming,
];
