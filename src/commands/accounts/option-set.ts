/** `wxop accounts option set`: switches an option of an account, and reads it back. */
import { defineCommand, parameter } from '../../cli/command.ts';
import {
  ACCOUNT_OPTIONS,
  OPTION_NAMES,
  optionValue,
  type OptionName,
  type OptionValue,
} from '../../protocol/calls/option-endpoints.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { ACCOUNT } from '../flags.ts';
import { openOptions, optionRow } from './authorizer-options.ts';

const valuesOf = (name: OptionName): string =>
  ACCOUNT_OPTIONS[name].values.map(({ value, state }) => `${state} (${value})`).join(', ');

export const command = defineCommand({
  arguments: {
    account: ACCOUNT,
    name: parameter('<name>', text('the option', '选项'), { choices: OPTION_NAMES }),
    value: parameter('<value>', text('its new value, as a word or as WeChat’s number', '新的取值：名称或微信的数字')),
  },
  notes: text(
    OPTION_NAMES.map((name) => `${name}: ${valuesOf(name)}`).join('\n'),
    OPTION_NAMES.map((name) => `${name}：${valuesOf(name)}`).join('\n'),
  ),
  examples: [
    'wxop accounts option set wx0123456789abcdef voice_recognize on',
    'wxop accounts option set wx0123456789abcdef location_report enter',
  ],
  risk: 'production',
  output: 'document',
  prepare: async (context, { account, name, value: given }) => {
    const { terminal } = context;
    const wanted = optionValue(name, given);
    if (!wanted) throw unknownValue(name, given);
    const { appId, get, set } = await openOptions(context, account);
    const before = await get(name);
    const isNew = before !== wanted.value;
    return {
      ...(isNew && { question: questionOf(appId, name, wanted) }),
      run: async () => {
        if (isNew) {
          await set(name, wanted.value);
          const kept = await get(name);
          if (kept !== wanted.value) throw notKept(name, wanted, kept);
        }
        if (terminal.json)
          terminal.printJson({
            appId,
            ...optionRow(name, wanted.value),
            before: optionRow(name, before),
            changed: isNew,
          });
        else terminal.note(isNew ? isNow(name, wanted) : wasBefore(name, wanted));
      },
    };
  },
});

const questionOf = (appId: string, name: OptionName, { means }: OptionValue): Text =>
  text(en`Set ${name} of ${appId} to: ${means}?`, zh`将 ${appId} 的 ${name} 设为：${means}？`);

const isNow = (name: OptionName, { means }: OptionValue): Text =>
  text(en`${name} is set, and WeChat shows it: ${means}.`, zh`${name} 已设置，微信已确认：${means}。`);

const wasBefore = (name: OptionName, { means }: OptionValue): Text =>
  text(
    en`${name} was set like that already: ${means}. Nothing was changed.`,
    zh`${name} 原本即为：${means}。未作更改。`,
  );

const unknownValue = (name: OptionName, given: string): WxopError =>
  new WxopError('USAGE', text(en`${name} has no value ${given}.`, zh`${name} 没有取值 ${given}。`), {
    hint: text(`It takes: ${valuesOf(name)}.`, `可用的取值：${valuesOf(name)}。`),
  });

const notKept = (name: OptionName, { value }: OptionValue, kept: string): WxopError =>
  new WxopError(
    'PLATFORM_REFUSED',
    text(
      en`WeChat said ok, but shows ${kept} for ${name} instead of ${value}.`,
      zh`微信返回成功，但 ${name} 显示为 ${kept}，而不是 ${value}。`,
    ),
    {
      hint: text(
        'Look again in a minute: `wxop accounts option get`. If it stays so, the merchant changes it at mp.weixin.qq.com.',
        '请一分钟后用 `wxop accounts option get` 再查看；若仍如此，请商家在 mp.weixin.qq.com 修改。',
      ),
    },
  );
