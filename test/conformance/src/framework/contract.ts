/** What a conformance test is and what it is given. Nothing here knows which cluster it runs against. */
import type { ChildProcess } from 'node:child_process';
import type { Client } from '@steersman/client';

/**
 * What a test needs besides an API server with controllers and nodes: `containers` are nodes that really run them,
 * `kubectl` is the program, `slow` is minutes of patience.
 */
export type Need = 'containers' | 'kubectl' | 'slow';

export interface ConformanceTest {
  /** The testname of upstream's list of conformance tests. */
  readonly name: string;
  readonly needs?: readonly Need[];
  /** Changes what other tests see of the cluster, such as taints of nodes: runs when no other test does. */
  readonly serial?: true;
  /** Resolves when the cluster behaves; rejects with what was expected and what was seen. */
  run(trial: Trial): Promise<void>;
}

/** One run of one test. */
export interface Trial {
  readonly client: Client;
  /** Aborts when the test has taken too long. */
  readonly signal: AbortSignal;
  /** An image with busybox's applets that the cluster's nodes can run. */
  readonly image: string;
  /** Creates a namespace that is deleted after the test, and resolves with its name once pods can be made in it. */
  namespace(): Promise<string>;
  /** Called after the test, last registered first, however the test ended; its failure is reported but not fatal. */
  cleanup(undo: () => Promise<unknown>): void;
  /** Opens a WebSocket on a path of the API server and reads it to its end. */
  webSocket(path: string, protocol: string): Promise<WebSocketTalk>;
  /** kubectl in a namespace (`default` when absent). */
  kubectl(namespace?: string): Kubectl;
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** kubectl with the cluster's kubeconfig. */
export interface Kubectl {
  /** Standard output; fails the test with what kubectl wrote when it does not exit with 0. */
  (...args: readonly string[]): Promise<string>;
  try(...args: readonly string[]): Promise<Output>;
  /** With text on standard input. */
  feed(input: string, ...args: readonly string[]): Promise<string>;
  spawn(...args: readonly string[]): ChildProcess;
}

/** What a server said over a WebSocket. */
export interface WebSocketTalk {
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  readonly messages: readonly Uint8Array[];
}
