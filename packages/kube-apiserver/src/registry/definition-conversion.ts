/**
 * CustomResourceDefinitions of v1beta1, which had what all versions have in common beside the list of versions. Releases up to
 * v1.20 stored them so, whatever version they were written in.
 */
import { semanticEqual } from '@steersman/api';
import { type Edit, eachOf, type Fields, type FormerVersion, isFields, renamedField, within } from './field-edits.ts';

/** What v1beta1 has once for all versions, and v1 in each version. */
const COMMON: readonly (readonly [common: string, ofVersion: string])[] = [
  ['validation', 'schema'],
  ['subresources', 'subresources'],
  ['additionalPrinterColumns', 'additionalPrinterColumns'],
  ['selectableFields', 'selectableFields'],
];

export const CUSTOM_RESOURCE_DEFINITIONS: FormerVersion = {
  older: (object) => within(object, 'spec', olderSpec),
  newer: (object) => within(object, 'spec', newerSpec),
};

function newerSpec({ version, ...old }: Fields): Fields {
  const versions = isFilled(old['versions']) ? old['versions'] : [{ name: version, served: true, storage: true }];
  // v1beta1 kept unknown fields unless told otherwise.
  let spec: Fields = { preserveUnknownFields: true, ...old, versions };
  for (const [common, ofVersion] of COMMON) spec = movedIntoVersions(spec, common, ofVersion);
  const columns = columnsNamed('JSONPath', 'jsonPath');
  return within(eachOf(spec, 'versions', columns), 'conversion', nestedWebhook);
}

function olderSpec(stored: Fields): Fields {
  let spec = within(eachOf(stored, 'versions', columnsNamed('jsonPath', 'JSONPath')), 'conversion', flatWebhook);
  const [first] = versionsOf(spec);
  if (first === undefined) return spec;
  for (const [common, ofVersion] of COMMON) spec = movedOutOfVersions(spec, common, ofVersion);
  return { ...spec, version: first['name'] };
}

function isFilled(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.length > 0;
}

function versionsOf({ versions }: Fields): readonly Fields[] {
  return isFilled(versions) ? versions : [];
}

function movedIntoVersions(old: Fields, common: string, ofVersion: string): Fields {
  const { [common]: value, ...spec } = old;
  return value === undefined ? spec : eachOf(spec, 'versions', (version) => ({ ...version, [ofVersion]: value }));
}

function movedOutOfVersions(spec: Fields, common: string, ofVersion: string): Fields {
  const values = versionsOf(spec).map((version) => version[ofVersion]);
  const [value] = values;
  if (value === undefined || !values.every((other) => semanticEqual(other, value))) return spec;
  return { ...eachOf(spec, 'versions', ({ [ofVersion]: _, ...version }) => version), [common]: value };
}

function columnsNamed(from: string, to: string): Edit {
  return (version) => eachOf(version, 'additionalPrinterColumns', (column) => renamedField(column, from, to));
}

function nestedWebhook({ webhookClientConfig: clientConfig, conversionReviewVersions, ...conversion }: Fields): Fields {
  if (clientConfig === undefined && conversionReviewVersions === undefined) return conversion;
  const webhook = {
    ...(clientConfig === undefined ? {} : { clientConfig }),
    ...(conversionReviewVersions === undefined ? {} : { conversionReviewVersions }),
  };
  return { ...conversion, webhook };
}

function flatWebhook({ webhook, ...conversion }: Fields): Fields {
  if (!isFields(webhook)) return conversion;
  const { clientConfig, conversionReviewVersions } = webhook;
  return {
    ...conversion,
    ...(clientConfig === undefined ? {} : { webhookClientConfig: clientConfig }),
    ...(conversionReviewVersions === undefined ? {} : { conversionReviewVersions }),
  };
}
