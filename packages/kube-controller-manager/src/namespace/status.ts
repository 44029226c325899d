import { formatTime, type NamespaceCondition } from '@steersman/api';

/** What one pass over a namespace's content found out. */
export interface Findings {
  /** Group versions that discovery could not read. */
  readonly undiscovered: readonly string[];
  /** `resource.group` to what went wrong deleting it. */
  readonly failures: readonly string[];
  /** `resource.group` to how many are left. */
  readonly remaining: ReadonlyMap<string, number>;
  /** Finalizer to how many objects carry it. */
  readonly finalizers: ReadonlyMap<string, number>;
}

function sorted(counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string {
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => text(name, count))
    .join(', ');
}

type Verdict = readonly [type: string, wrong: boolean, reason: string, message: string];

/** One line per condition; reasons and messages are upstream's. */
function verdicts({ undiscovered, failures, remaining, finalizers }: Findings): readonly Verdict[] {
  const discovery: Verdict =
    undiscovered.length > 0
      ? [
          'NamespaceDeletionDiscoveryFailure',
          true,
          'DiscoveryFailed',
          `Discovery failed for some groups, ${undiscovered.length} failing: ${undiscovered.join(', ')}`,
        ]
      : ['NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered'];
  const deletion: Verdict =
    failures.length > 0
      ? [
          'NamespaceDeletionContentFailure',
          true,
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
        ]
      : [
          'NamespaceDeletionContentFailure',
          false,
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ];
  const content: Verdict =
    remaining.size > 0
      ? [
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${sorted(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
        ]
      : ['NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'];
  const held: Verdict =
    finalizers.size > 0
      ? [
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${sorted(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
        ]
      : ['NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'];
  const parsing: Verdict = [
    'NamespaceDeletionGroupVersionParsingFailure',
    false,
    'ParsedGroupVersions',
    'All legacy kube types successfully parsed',
  ];
  return [discovery, parsing, deletion, content, held];
}

/** The conditions after a pass; a condition that says what it said keeps its transition time. */
export function conditionsOf(
  current: readonly NamespaceCondition[],
  findings: Findings,
  nowMs: number,
): readonly NamespaceCondition[] {
  const told = verdicts(findings).map(([type, wrong, reason, message]): NamespaceCondition => {
    const known = current.find((condition) => condition.type === type);
    const status = wrong ? 'True' : 'False';
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime : formatTime(nowMs);
    return { type, status, reason, message, lastTransitionTime };
  });
  return [...current.filter(({ type }) => !told.some((condition) => condition.type === type)), ...told];
}
