/** What an endpoint takes. */
export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Older versions of the group that have the same fields. */
  readonly alsoVersions?: readonly string[];
}
/** The version of options in a body: clients write them in the version of the resource's own group, or in v1, or in none. */
export const ANY_VERSION = '*';
