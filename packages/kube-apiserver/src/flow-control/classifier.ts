import type { UserInfo } from '../authentication/contract.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { FlowClass } from './flow-class.ts';

/** Remembered answers per user; beyond it they are found anew, so that odd resources cannot fill memory. */
const ANSWERS_PER_USER_MAX = 1000;

interface UserClasses {
  /** Those that are for the user at all, in order. */
  readonly candidates: readonly FlowClass[];
  /** The class of everything the user asks, when the first candidate takes it all. */
  readonly always: FlowClass | undefined;
  readonly answers: Map<string, FlowClass>;
}

/** Finds the class of a request: the first, by precedence, that takes it. What was found is remembered by user, verb and resource. */
export class Classifier {
  readonly #classes: readonly FlowClass[];
  readonly #fallback: FlowClass;
  readonly #byNamespace: boolean;
  readonly #users = new WeakMap<UserInfo, UserClasses>();

  /** `classes` in the order they are asked; `fallback` takes what nobody else does. */
  constructor(classes: readonly FlowClass[], fallback: FlowClass) {
    this.#classes = classes;
    this.#fallback = fallback;
    this.#byNamespace = classes.some(({ rules }) => rules.some(({ namespaced }) => namespaced));
  }

  classOf(user: UserInfo, info: RequestInfo, path: string): FlowClass {
    let known = this.#users.get(user);
    if (known === undefined) {
      known = this.#classesOf(user);
      this.#users.set(user, known);
    }
    if (known.always !== undefined) return known.always;
    if (!info.isResource) return this.#find(known, user, info, path);
    const { namespace } = info;
    const where = namespace === '' || this.#byNamespace ? namespace : '*';
    const key = `${info.verb} ${info.group}/${info.resource}/${info.subresource} ${where}`;
    let answer = known.answers.get(key);
    if (answer === undefined) {
      answer = this.#find(known, user, info, path);
      if (known.answers.size >= ANSWERS_PER_USER_MAX) known.answers.clear();
      known.answers.set(key, answer);
    }
    return answer;
  }

  #classesOf(user: UserInfo): UserClasses {
    const candidates = this.#classes.filter(({ rules }) => rules.some((rule) => rule.isFor(user)));
    const [first] = candidates;
    const always = first?.rules.some((rule) => rule.takesAll && rule.isFor(user)) === true ? first : undefined;
    return { candidates, always, answers: new Map() };
  }

  #find({ candidates }: UserClasses, user: UserInfo, info: RequestInfo, path: string): FlowClass {
    const takes = ({ rules }: FlowClass) => rules.some((rule) => rule.isFor(user) && rule.takes(info, path));
    return candidates.find(takes) ?? this.#fallback;
  }
}
