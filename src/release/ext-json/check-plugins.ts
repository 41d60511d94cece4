/**
 * The plugins that an ext_json sets; they take the place of all those of the template.
 * Source: developers.weixin.qq.com, 小程序 → 使用插件; 上传代码并生成体验版 (80066, 80067).
 */
import { wrong, type Report } from '../../menu/grammar/fault.ts';
import type { Spot } from '../../menu/grammar/read-json.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';

const [BAD_VERSION, NOT_FOUND] = [80066, 80067];
const VERSION = /^(?:\d+\.\d+\.\d+|latest|dev(?:-[0-9a-f]+)?)$/;

export function checkPlugins(plugins: Spot | undefined, report: Report): void {
  for (const [name, plugin] of plugins?.fields ?? []) {
    const [version, provider] = ['version', 'provider'].map((field) => plugin.fields.get(field));
    if (typeof version?.value !== 'string' || typeof provider?.value !== 'string') {
      report(plugin, wrong('plugin', incomplete(name), { errcode: BAD_VERSION }));
      continue;
    }
    if (!VERSION.test(version.value)) {
      report(version, wrong('plugin', badVersion(version.value), { errcode: BAD_VERSION }));
    }
    if (!/^wx[0-9a-f]{16}$/.test(provider.value)) {
      report(provider, wrong('plugin', badProvider(provider.value), { errcode: NOT_FOUND }));
    }
  }
}

const incomplete = (name: string): Text =>
  text(en`The plugin ${name} needs version and provider.`, zh`插件 ${name} 须有 version 与 provider。`);
const badVersion = (version: string): Text =>
  text(
    en`${version} is not a version of a plugin: write 1.2.3, latest or dev.`,
    zh`${version} 不是插件版本，应为 1.2.3、latest 或 dev。`,
  );
const badProvider = (provider: string): Text =>
  text(
    en`The provider of a plugin is its appid, not ${provider}.`,
    zh`插件的 provider 应为其 AppID，而不是 ${provider}。`,
  );
