import type { Draft, KubeObject } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './admission/contract.ts';
import type { AdmissionStep, MeasureAdmission, MeasuredRun } from './admission-metrics.ts';
import type { RequestContext } from './registry/contract.ts';
import type { ServedResource } from './registry/served-resource.ts';

/** Runs the admission plugins in the order of their list: first all that change the object, later all that only judge it. */
export class AdmissionChain {
  readonly #steps: Readonly<Record<AdmissionStep, Step>>;

  constructor(plugins: readonly AdmissionPlugin[], measure: MeasureAdmission = () => (_operation, run) => run()) {
    this.#steps = { mutate: stepOf('mutate', plugins, measure), validate: stepOf('validate', plugins, measure) };
  }

  request(
    context: RequestContext,
    resource: ServedResource,
    object: Draft<KubeObject> | undefined,
    oldObject: KubeObject | undefined,
  ): AdmissionRequest {
    return new ContextualRequest(context, resource, object, oldObject);
  }

  /** True when a plugin had a chance to change the object. At once when every plugin decides at once, as for most objects. */
  mutate(request: AdmissionRequest): boolean | Promise<boolean> {
    return admit(this.#steps.mutate, request);
  }

  /** True when a plugin judged the object. */
  validate(request: AdmissionRequest): boolean | Promise<boolean> {
    return admit(this.#steps.validate, request);
  }
}

/** The plugins that take part in a step, with what measures each of them and all. */
interface Step {
  readonly measured: MeasuredRun;
  readonly plugins: readonly {
    readonly handles: AdmissionPlugin['handles'];
    readonly decide: Decision;
    readonly measured: MeasuredRun;
  }[];
}
type Decision = NonNullable<AdmissionPlugin[AdmissionStep]>;

function stepOf(name: AdmissionStep, plugins: readonly AdmissionPlugin[], measure: MeasureAdmission): Step {
  return {
    measured: measure(name, undefined),
    plugins: plugins.flatMap((plugin) => {
      const decide: Decision | undefined = plugin[name]?.bind(plugin);
      const handles = plugin.handles.bind(plugin);
      return decide === undefined ? [] : [{ handles, decide, measured: measure(name, plugin.name) }];
    }),
  };
}

function admit(step: Step, request: AdmissionRequest): boolean | Promise<boolean> {
  return step.measured(request.operation, () => admitFrom(step, request, 0, false));
}

function admitFrom(
  step: Step,
  request: AdmissionRequest,
  from: number,
  askedBefore: boolean,
): boolean | Promise<boolean> {
  let asked = askedBefore;
  for (let index = from; index < step.plugins.length; index++) {
    const { handles, decide, measured } = step.plugins[index]!;
    if (!handles(request)) continue;
    asked = true;
    const deciding = measured(request.operation, () => decide(request));
    if (deciding !== undefined) return deciding.then(() => admitFrom(step, request, index + 1, true));
  }
  return asked;
}

/** The request's context with the objects; delegates, so that nothing is made before it is asked for. */
class ContextualRequest implements AdmissionRequest {
  readonly resource: AdmissionRequest['resource'];
  readonly object: Draft<KubeObject> | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly #context: RequestContext;

  constructor(
    context: RequestContext,
    resource: ServedResource,
    object: Draft<KubeObject> | undefined,
    oldObject: KubeObject | undefined,
  ) {
    this.#context = context;
    this.resource = resource.info;
    this.object = object;
    this.oldObject = oldObject;
  }
  get user() {
    return this.#context.user;
  }
  get namespace() {
    return this.#context.namespace;
  }
  get name() {
    return this.#context.name !== '' ? this.#context.name : (this.object?.metadata.name ?? '');
  }
  get operation() {
    return this.#context.operation;
  }
  get subresource() {
    return this.#context.subresource;
  }
  get dryRun() {
    return this.#context.dryRun;
  }
  get clock() {
    return this.#context.clock;
  }
  get random() {
    return this.#context.random;
  }
  get client() {
    return this.#context.client;
  }
  get config() {
    return this.#context.config;
  }
  get signal() {
    return this.#context.signal;
  }
  warn(message: string): void {
    this.#context.warn(message);
  }
  annotate(key: string, value: string): void {
    this.#context.annotate?.(key, value);
  }
}
