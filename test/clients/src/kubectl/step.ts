/** One kubectl command and what it must say. */

export type KubectlVersion = '1.20' | '1.32';

export interface Step {
  /** Split at spaces; %NS%, %DIR%, %NODE% and %IMAGE% stand for the namespace, a folder of the run, a node and an image. */
  readonly run: string | readonly string[];
  /** What both outputs together must match; a text must be all of it, but for spaces at its ends. */
  readonly says: string | RegExp;
  /** 0 when absent. */
  readonly code?: number;
  /** Standard input. */
  readonly input?: string;
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The versions that have the command, or say it so; all when absent. */
  readonly only?: KubectlVersion;
}

/** Commands that follow from each other, in one namespace. */
export interface Story {
  readonly name: string;
  readonly containers?: boolean;
  readonly steps: readonly Step[];
}
