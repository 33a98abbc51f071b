import { catalogText, type Message, render, say } from '../../base/message';
import { touches } from '../../base/span';
import { kubeVipVariables, type VariableKind } from '../../catalog/kube-vip/environment';
import type { StaticPodAnalysis } from '../../model/static-pod/analyse-static-pod';
import type { Hover, HoverContext } from '../language';

const takes: Readonly<Record<VariableKind, Message>> = {
  bool: say('true or false'),
  int: say('number'),
  uint: say('number'),
  port: say('port'),
  health: say('port'),
  mask: say('text'),
  json: say('text'),
  text: say('text'),
};

/** What a variable of kube-vip is for, at its name and at its value. */
export function hoverStaticPod(
  { pods }: StaticPodAnalysis,
  offset: number,
  context?: HoverContext<StaticPodAnalysis>,
): Hover | undefined {
  const speak = context?.speak ?? render;
  for (const { containers } of pods)
    for (const { kubeVip, variables } of containers) {
      if (kubeVip === undefined) continue;
      for (const { name, value } of variables) {
        const span = [name.span, value?.span].find((each) => each !== undefined && touches(each, offset));
        const known = span && kubeVipVariables.get(name.text);
        if (span === undefined || known === undefined) continue;
        const { kind, since, until, text } = known;
        const lines = [
          `**${known.name}** (${speak(takes[kind])})`,
          ...(text === undefined ? [] : [speak(catalogText(text))]),
          ...(since === undefined ? [] : [speak(say('Since kube-vip v{0}', since))]),
          ...(until === undefined ? [] : [speak(say('Read up to kube-vip v{0}', until))]),
          '[kube-vip](https://kube-vip.io/docs/installation/flags/)',
        ];
        return { span, markdown: lines.join('\n\n') };
      }
    }
  return undefined;
}
