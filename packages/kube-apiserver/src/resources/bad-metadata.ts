/** For tests: metadata that is bad whatever the kind, with the causes that names as DNS subdomains give. */
import type { BadObject } from './bad-objects.ts';

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** Whatever the name rule. */
export const badLabels: readonly BadObject[] = [
  [
    'an object without a name',
    { metadata: { name: null } },
    ['Required metadata.name: Required value: name or generateName is required'],
  ],
  [
    'a label value with a space',
    { metadata: { labels: { a: 'b c' } } },
    [`Invalid metadata.labels: Invalid value: "b c": ${VALUE}`],
  ],
  [
    'a label key with a space',
    { metadata: { labels: { 'a b': 'c' } } },
    [`Invalid metadata.labels: Invalid value: "a b": ${NAME}`],
  ],
  [
    'an annotation key with a space',
    { metadata: { annotations: { 'a b': 'c' } } },
    [`Invalid metadata.annotations: Invalid value: "a b": ${NAME}`],
  ],
  [
    'annotations of more than 256 KiB',
    { metadata: { annotations: { a: 'b'.repeat(262144) } } },
    ['TooLong metadata.annotations: Too long: may not be more than 262144 bytes'],
  ],
  [
    'an owner without a uid',
    { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '' }] } },
    ['Invalid metadata.ownerReferences[0].uid: Invalid value: "": must not be empty'],
  ],
];

/** For kinds whose names are DNS subdomains. */
export const badNames: readonly BadObject[] = [
  [
    'a name with capitals',
    { metadata: { name: 'Web' } },
    [`Invalid metadata.name: Invalid value: "Web": ${SUBDOMAIN}`],
  ],
  [
    'a name that is too long',
    { metadata: { name: 'a'.repeat(254) } },
    [`Invalid metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`],
  ],
  [
    'a bad generateName',
    { metadata: { generateName: '_x' } },
    [`Invalid metadata.generateName: Invalid value: "_x": ${SUBDOMAIN}`],
  ],
];
