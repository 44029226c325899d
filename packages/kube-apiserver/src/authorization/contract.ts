import type { UserInfo } from '../authentication/contract.ts';

/** What is asked: a resource request, or a path outside the resource tree. */
export interface Attributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly resource?: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
    /** What a field selector holds its objects to, by field; absent without one. */
    readonly fieldEquals?: ReadonlyMap<string, string>;
  };
  /** Set when `resource` is absent. */
  readonly path?: string;
}

export type Decision =
  | { readonly kind: 'allow'; readonly reason: string }
  | { readonly kind: 'deny'; readonly reason: string }
  /** The next authorizer decides; if none does, the request is forbidden. */
  | { readonly kind: 'no-opinion'; readonly reason: string };

/** One file each. */
export interface Authorizer {
  readonly name: string;
  authorize(attributes: Attributes): Promise<Decision>;
}
