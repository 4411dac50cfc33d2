import { directoryTypes } from '../../fhir/lane.js';
import { resourceTypes } from '../../fhir/search/search-parameters.js';
import type { ExchangeSettings, StreamPolicy } from './exchange-settings.js';

/** Throws an Error that lists every fault of the policy. */
export function requireSettings({ policy, parent, children }: ExchangeSettings): void {
  const faults = [
    ...policyFaults('up', policy.up),
    ...policyFaults('down', policy.down),
    ...(policy.down.types ?? [])
      .filter((type) => resourceTypes.has(type) && !directoryTypes.has(type))
      .map((type) => `exchange.policy.down.types: ${type} does not go down, only the directory does`),
  ];
  const ids = [...(parent ? [parent.id] : []), ...children.map(({ id }) => id)];
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
    faults.push(`exchange: ${id} stands twice among parent and children`);
  }
  if (faults.length > 0) throw new Error(`The exchange can't start:\n${faults.join('\n')}`);
}

function policyFaults(name: 'up' | 'down', policy: StreamPolicy): string[] {
  const types = [
    ...(policy.types ?? []).map((type) => ['types', type] as const),
    ...policy.excludeTypes.map((type) => ['excludeTypes', type] as const),
  ];
  return [
    ...types
      .filter(([, type]) => !resourceTypes.has(type))
      .map(([list, type]) => `exchange.policy.${name}.${list}: ${type} is no resource type of FHIR R4`),
    ...policy.withholdLabels
      .filter((label) => !/^[^|]*\|[^|]+$/.test(label))
      .map((label) => `exchange.policy.${name}.withholdLabels: ${label} is not of the form system|code`),
  ];
}
