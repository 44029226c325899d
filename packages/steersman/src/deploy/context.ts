/** What the steps of one deployment share. */
import type { ClusterConfig, Layout } from '@steersman/cluster';
import type { Effects } from '@steersman/machinery';
import type { Progress } from '../cli/progress.ts';

export interface Deployment {
  readonly config: ClusterConfig;
  readonly layout: Layout;
  readonly effects: Effects;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
