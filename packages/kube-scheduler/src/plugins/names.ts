/** Plugins by upstream's names, as configuration files and messages have them. */
export const PLUGIN_NAMES = {
  schedulingGates: 'SchedulingGates',
  prioritySort: 'PrioritySort',
  nodeUnschedulable: 'NodeUnschedulable',
  nodeName: 'NodeName',
  taintToleration: 'TaintToleration',
  nodeAffinity: 'NodeAffinity',
  nodePorts: 'NodePorts',
  nodeResourcesFit: 'NodeResourcesFit',
  podTopologySpread: 'PodTopologySpread',
  interPodAffinity: 'InterPodAffinity',
  defaultPreemption: 'DefaultPreemption',
  nodeResourcesBalancedAllocation: 'NodeResourcesBalancedAllocation',
  imageLocality: 'ImageLocality',
  defaultBinder: 'DefaultBinder',
} as const;
