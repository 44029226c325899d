/** What this server says of the versions in which it stores its resources. */
import { apiVersionOf, resourceTable } from '@steersman/api';
import type { ObjectModel } from '../object-model.ts';

export interface Published {
  /** `<group>.<resource>`; the core group is called `core`. */
  readonly name: string;
  readonly encodingVersion: string;
  /** The server can read all of these, though it may not serve them. */
  readonly decodableVersions: readonly string[];
  readonly servedVersions: readonly string[];
}

/** One for every kind of object that is kept, by name. Resources of several groups with one storage, such as events, are one. */
export function publishedVersions({ resources, stored }: Pick<ObjectModel, 'resources' | 'stored'>): Published[] {
  const served = [...resources.values()];
  return stored
    .map(({ cache, info }) => {
      const own = resourceTable.filter(({ group, kind }) => group === info.group && kind === info.kind);
      const alike = served.filter((resource) => resource.stored?.cache === cache).map((resource) => resource.info);
      return {
        name: `${info.group === '' ? 'core' : info.group}.${info.plural}`,
        encodingVersion: apiVersionOf(info),
        decodableVersions: [...new Set([...own, ...alike].map(apiVersionOf))],
        servedVersions: alike.filter(({ group }) => group === info.group).map(apiVersionOf),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
