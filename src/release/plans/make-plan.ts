/** Puts a plan together: from its source, the template as it is now, and what was found out about each mini program. */
import type { Template } from '../../protocol/calls/release/template-endpoints.ts';
import type { Json } from '../../runtime/json-object.ts';
import type { Text } from '../../sentences/text.ts';
import { countedPortions, type PlanSource } from './plan-source.ts';
import { planFormat, type ReleasePlan } from './release-plan.ts';

/** A mini program that was looked at for the plan. */
export interface PlanEntry {
  appId: string;
  name: string;
  isPilot: boolean;
  extJson: Json;
  /** Why it is left out. */
  why?: Text;
}

export interface PlanParts {
  source: PlanSource;
  template: Template;
  version: string;
  /** The appid of the component. */
  component: string;
  /** Milliseconds since 1970. */
  madeAt: number;
  entries: readonly PlanEntry[];
}

export function makePlan({ source, template, version, component, madeAt, entries }: PlanParts): ReleasePlan {
  const going = entries.filter(({ why }) => why === undefined);
  const portions = source.portions && countedPortions(source.portions, going.length);
  const { templateId, version: itsVersion, description, createdAt, sourceAppId } = template;
  return {
    wxopReleasePlan: planFormat(portions),
    component,
    madeAt: new Date(madeAt).toISOString(),
    template: {
      templateId,
      version: itsVersion,
      description,
      ...(createdAt !== undefined && { createdAt }),
      sourceAppId,
    },
    version,
    description: source.description ?? description,
    form: source.form,
    ...source.options,
    ...(portions && { portions }),
    accounts: going.map(({ appId, name, isPilot, extJson }) => ({
      appId,
      name,
      ...(isPilot && { pilot: true as const }),
      extJson,
    })),
    leftOut: entries.flatMap(({ appId, name, why }) => (why ? [{ appId, name, why }] : [])),
  };
}
