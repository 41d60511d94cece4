// One menu without wxop: undici, one request, printed.
//
//   node bench/menu-get-baseline.mjs URL TOKEN
import { request } from 'undici';

const [, , url, token] = process.argv;
const { body } = await request(`${url}/cgi-bin/get_current_selfmenu_info?access_token=${token}`);
process.stdout.write(`${await body.text()}\n`);
