/** Testers (体验成员), violations and appeals. */
import { createHash } from 'node:crypto';
import { OK, string } from '../../routes/route.ts';
import { ApiRefusal } from '../../api-refusal.ts';
import type { AccountAnswers } from './release-routes.ts';

type Paths =
  '/wxa/bind_tester' | '/wxa/unbind_tester' | '/wxa/memberauth' | '/wxa/getillegalrecords' | '/wxa/getappealrecords';

/** WeChat has a limit and names none. */
const MOST_TESTERS = 90;

export function testerAnswers(): Pick<AccountAnswers, Paths> {
  return {
    '/wxa/bind_tester': ({ account, testers }, body) => {
      const wechatId = string(body, 'wechatid');
      // WeChat's own rule for ids; what is none belongs to nobody.
      if (!/^[a-zA-Z][\w-]{5,19}$/.test(wechatId)) throw new ApiRefusal(85001);
      const userstr = createHash('sha256').update(`${account.appId} ${wechatId}`).digest('hex').slice(0, 32);
      if (testers.has(userstr)) throw new ApiRefusal(85004);
      if (testers.size >= MOST_TESTERS) throw new ApiRefusal(85002);
      testers.set(userstr, wechatId);
      return { ...OK, userstr };
    },
    '/wxa/unbind_tester': ({ testers }, body) => {
      const [userstr, wechatId] = [string(body, 'userstr'), string(body, 'wechatid')];
      if (userstr !== '') {
        if (!testers.delete(userstr)) throw new ApiRefusal(89034);
        return OK;
      }
      const [found] = [...testers].find(([, bound]) => bound === wechatId) ?? [];
      if (found === undefined) throw new ApiRefusal(85001);
      testers.delete(found);
      return OK;
    },
    '/wxa/memberauth': ({ testers }, { action }) => {
      if (action !== 'get_experiencer') throw new ApiRefusal(40097);
      return { ...OK, members: [...testers.keys()].map((userstr) => ({ userstr })) };
    },
    '/wxa/getillegalrecords': ({ violations }, { start_time: from = 0, end_time: to = Infinity }) => ({
      ...OK,
      records: violations.filter(({ create_time: at }) => at >= Number(from) && at <= Number(to)),
    }),
    '/wxa/getappealrecords': () => ({ ...OK, records: [] }),
  };
}
