import type { Outcome, Request, WatchEvent } from '../history.ts';

/** What the clients of a run believe, so that most of what they ask makes sense. It may well be stale: then they are refused. */
export interface Knowledge {
  /** The newest revision anybody has seen. */
  readonly head: number;
  /** The revision of a key; 0: it does not exist, as far as is known. */
  revision(key: string): number;
  learn(request: Request, outcome: Outcome): void;
  observe(event: WatchEvent): void;
}

export function createKnowledge(): Knowledge {
  const revisions = new Map<string, number>();
  let head = 1;
  const see = (key: string, revision: number, exists: boolean) => {
    head = Math.max(head, revision);
    if (revision >= (revisions.get(key) ?? 0)) revisions.set(key, exists ? revision : 0);
  };
  return {
    get head() {
      return head;
    },
    revision: (key) => revisions.get(key) ?? 0,
    learn(request, outcome) {
      if (outcome.kind === 'found') see(outcome.item.key, outcome.item.revision, true);
      if (outcome.kind === 'refused' && request.kind === 'read') revisions.set(request.key, 0);
      if (request.kind !== 'write' || outcome.kind !== 'written') return;
      for (const { key, kind } of request.changes) {
        if (outcome.revision === undefined) revisions.set(key, 0);
        else see(key, outcome.revision, kind === 'put');
      }
    },
    observe(event) {
      if (event.kind === 'progress') head = Math.max(head, event.revision);
      else see(event.item.key, event.item.revision, event.kind !== 'deleted');
    },
  };
}
