import { type Draft, type Ingress, Resources } from '@steersman/api';
import type { AdmissionPlugin } from './contract.ts';
import { forbidden, isWriteOf, list } from './request.ts';

/** Ingresses that name no class get the default one. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  handles: (request) => isWriteOf(request, 'networking.k8s.io/ingresses', 'create'),
  async mutate(request) {
    const ingress = request.object as Draft<Ingress>;
    if (
      ingress.spec?.ingressClassName !== undefined ||
      ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined
    )
      return;
    const classes = await list(request, Resources.ingressClasses);
    const defaults = classes.filter(
      ({ metadata }) => metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true',
    );
    if (defaults.length > 1)
      throw forbidden(request, `${defaults.length} default IngressClasses were found, only 1 allowed`);
    const name = defaults[0]?.metadata.name;
    if (name !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: name };
  },
};
