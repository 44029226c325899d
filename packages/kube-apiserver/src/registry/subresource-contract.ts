/**
 * Hand-written REST endpoints: subresources that are not a view of their parent (`pods/binding`, `pods/eviction`,
 * `serviceaccounts/token`, `deployments/scale`, `namespaces/finalize`, ...) and resources that are never stored
 * (`tokenreviews`, `subjectaccessreviews`, `bindings`). `status` is generic and needs none of this.
 */
import type { Draft, KubeObject, ManagedFieldsEntry, ObjectKey, ResourceType } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { AdmissionPlugin } from '../admission/contract.ts';
import type { Authenticator, UserInfo } from '../authentication/contract.ts';
import type { TokenIssuer } from '../authentication/token-issuer-contract.ts';
import type { Authorizer } from '../authorization/contract.ts';
import type { PostStartHook } from '../post-start-hook.ts';
import type { ServerConfig } from '../server-config.ts';
import type { RequestContext, Strategy } from './contract.ts';
import type { Tracking } from './tracking.ts';

/** How a hand-written endpoint reaches stored objects: past authorization and admission, through strategy and storage. */
export interface Registry {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T>;
  /**
   * Reads, edits, validates, writes; again from the start when somebody else wrote in between. `edit` may throw ApiError.
   * `view: 'status'` runs the status rules of the strategy instead of the main ones, `'none'` only validates metadata
   * (for binding, finalize and the like). A given `resourceVersion` or `uid` must match what is stored.
   */
  update<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    edit: (draft: Draft<T>, old: T) => void,
    options: {
      readonly context: RequestContext;
      readonly view: 'main' | 'status' | 'none';
      readonly resourceVersion?: string;
      readonly uid?: string;
      /** In whose name the edit changes fields; nobody's when absent. */
      readonly tracking?: Tracking | undefined;
      /** The owners of the fields, when an apply has settled them. */
      readonly owners?: readonly ManagedFieldsEntry[] | undefined;
    },
  ): Promise<T>;
  delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: {
      readonly context: RequestContext;
      readonly gracePeriodSeconds?: number;
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly propagationPolicy?: string;
    },
  ): Promise<T>;
}

export interface SubresourceRequest extends RequestContext {
  readonly verb: 'get' | 'create' | 'update' | 'patch';
  /** The decoded body, defaults applied; undefined for get. For patch: the result of patching what `get` answered. */
  readonly body: Draft<KubeObject> | undefined;
  /** Query parameters. */
  readonly parameters: URLSearchParams;
  readonly registry: Registry;
  /** For `Registry.update` of the parent, on update and patch. */
  readonly tracking?: Tracking | undefined;
  /** The same for an apply. */
  readonly owners?: readonly ManagedFieldsEntry[] | undefined;
}
export interface SubresourceAnswer {
  /** 200 when absent; create answers 201 by default. */
  readonly status?: number;
  readonly object: KubeObject;
}

export interface SubresourceHandler {
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  /** Empty for a resource that is never stored. */
  readonly subresource: string;
  /** What the body is (and the answer, unless the facts say otherwise), such as autoscaling/v1 Scale. */
  readonly accepts: {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
    /** Older versions of the group that have the same fields. */
    readonly alsoVersions?: readonly string[];
  };
  /** The verbs it serves; patch works when get and update are there. Others answer 405. */
  readonly verbs: readonly ('get' | 'create' | 'update' | 'patch')[];
  /** `own`: bodies and what `get` answers carry owners in terms of the accepted kind; clients are not shown them. */
  readonly ownership?: 'own';
  handle(request: SubresourceRequest): Promise<SubresourceAnswer>;
}

/** What the parts that are written per kind may build on. */
export interface ExtensionDependencies {
  readonly effects: Effects;
  readonly config: ServerConfig;
  /** As the server itself (`system:apiserver`, group system:masters), in-process. */
  readonly client: Client;
  readonly storage: Storage;
  /** Whether the watch cache shows any object of a core/v1 resource in the namespace; at once, for what every write asks. */
  readonly holdsAny: (plural: string, namespace: string) => boolean;
  /** One object as the watch cache shows it; at once. Nobody may change it. */
  readonly shown: <T extends KubeObject>(type: ResourceType<T>, key: ObjectKey) => T | undefined;
  /** Decides like the server: all configured authorizers. */
  readonly authorizer: Authorizer;
  /** Recognises like the server, for TokenReview. `audiences` empty: the server's own. */
  readonly authenticateToken: (token: string, audiences: readonly string[]) => Promise<AuthenticatedToken | undefined>;
  readonly tokenIssuer: TokenIssuer;
  /** Whether roles grant at least these rules to the user (escalation checks); see RBAC. */
  readonly rulesOf: (user: UserInfo, namespace: string) => Promise<readonly GrantedRule[]>;
}
export interface AuthenticatedToken {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}
/** An RBAC PolicyRule, with every list present. */
export interface GrantedRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/**
 * What src/resources, src/admission and src/bootstrap export to the server:
 * `resources/index.ts`: `strategiesFor(dependencies)` and `subresourceHandlers(dependencies)`;
 * `admission/index.ts`: `admissionPlugins(dependencies)`; `bootstrap/index.ts`: `postStartHooks(dependencies)`.
 */
export interface Extensions {
  /** By `group/resource`; core is `/pods`. `client` may be used from the first request on, not before. */
  readonly strategiesFor: (
    dependencies: Pick<ExtensionDependencies, 'config' | 'client' | 'effects' | 'storage' | 'shown'>,
  ) => ReadonlyMap<string, Strategy>;
  readonly subresourceHandlers: (dependencies: ExtensionDependencies) => readonly SubresourceHandler[];
  readonly admissionPlugins: (dependencies: ExtensionDependencies) => readonly AdmissionPlugin[];
  readonly postStartHooks: (dependencies: ExtensionDependencies) => readonly PostStartHook[];
  readonly authenticators?: readonly Authenticator[];
}
