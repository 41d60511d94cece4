/** The files of wxop: nobody else may read them. Runs first, because reading a file repairs its mode. */
import { en, firstOf, text, zh } from '../sentences/text.ts';
import type { LooseModes } from '../runtime/loose-modes.ts';
import { ok, skipped, warning, type Finding, type Group } from './check.ts';

export interface FileFacts {
  home: string;
  looseModes: () => Promise<LooseModes>;
}

const SHOWN = 5;

export function fileChecks({ home, looseModes }: FileFacts): Group {
  return {
    id: 'files',
    title: text('Files', '文件'),
    checks: [
      {
        id: 'files.modes',
        title: text('file modes', '文件权限'),
        run: async () => judgeModes(home, await looseModes()),
      },
    ],
  };
}

function judgeModes(home: string, modes: LooseModes): Finding {
  if (!modes.hasModes) return NO_MODES;
  if (modes.looked === 0) return ok(text(`${home} is not there yet`, `${home} 尚不存在`));
  return modes.loose.length === 0 ? closed(home, modes) : openToOthers(home, modes);
}

const NO_MODES = skipped(text('this file system keeps no modes', '该文件系统不支持权限'));

function closed(home: string, { looked, isWhole }: LooseModes): Finding {
  const more = isWhole ? '' : text(' (the first of them)', '（仅检查了前面部分）');
  return ok(
    text(
      en`${home}: ${looked} checked${more}, none open to others`,
      zh`${home}：已检查 ${looked} 个${more}，均不对他人开放`,
    ),
  );
}

function openToOthers(home: string, { loose }: LooseModes): Finding {
  const named = firstOf(
    loose.map(({ path, mode }) => `${path || '.'} (${mode.toString(8).padStart(3, '0')})`),
    SHOWN,
  );
  return warning(
    text(en`open to others in ${home}: ${named}`, zh`${home} 中可被他人访问：${named}`),
    text(
      `\`chmod -R go= ${home}\`. What wxop reads it repairs by itself. Who else is on this machine may have read it: then reset the AppSecret.`,
      `\`chmod -R go= ${home}\`。wxop 读取时会自行修复。若本机有其他用户，内容可能已泄露：请重置 AppSecret。`,
    ),
  );
}
