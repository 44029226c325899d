/**
 * The one version in which each resource is stored. It does not depend on which versions are switched on, so that the
 * data of a server can be read by one with other switches, and by the release before.
 */
import { type ResourceInfo, resourceTable } from '@steersman/api';

/** Resources that v1.36 stores in another version than the best one: the release before must still be able to read them. */
const OVERRIDES: Readonly<Record<string, string>> = {
  'admissionregistration.k8s.io/mutatingadmissionpolicies': 'v1beta1',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': 'v1beta1',
  'resource.k8s.io/devicetaintrules': 'v1alpha3',
};

/** The stored version of a resource. Events live as core/v1 whatever group wrote them; of the others the best version is stored. */
export function storageVersionOf(
  info: ResourceInfo,
  rows: readonly ResourceInfo[] = resourceTable.filter((row) => row.served && row.servedBy === undefined),
): ResourceInfo {
  const group = info.group === 'events.k8s.io' ? '' : info.group;
  const versions = rows.filter((row) => row.group === group && row.plural === info.plural);
  const wanted = OVERRIDES[`${group}/${info.plural}`];
  return versions.find(({ version }) => version === wanted) ?? versions[0] ?? info;
}

/** The other versions, of whatever release, in which objects of this stored resource are written. */
export function versionsStoredAs(stored: ResourceInfo): readonly ResourceInfo[] {
  return resourceTable.filter(
    (row) =>
      row.plural === stored.plural &&
      row.servedBy === undefined &&
      !(row.group === stored.group && row.version === stored.version) &&
      (row.group === stored.group || FORMER_GROUPS[row.group]?.includes(stored.group) === true),
  );
}

/** Groups that once held what others hold now. */
const FORMER_GROUPS: Readonly<Record<string, readonly string[]>> = {
  'events.k8s.io': [''],
  extensions: ['apps', 'networking.k8s.io'],
};
