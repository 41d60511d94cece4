/** The reason of a rejection: WeChat's HTML as lines of text, harmless whatever is in it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reasonText } from '../../src/release/reason-text.ts';

test.each([
  ['1:帐号信息不合规范:<br>(1):请修改<br>', '1:帐号信息不合规范:\n(1):请修改'],
  ['<p>一</p><p>二</p>', '一\n二'],
  ['a<BR/>b<br />c', 'a\nb\nc'],
  ['见<a href="https://x.example/?a=1&amp;b=2">规则</a>。', '见规则 (https://x.example/?a=1&b=2)。'],
  ["<a href='http://x.example'>http://x.example</a>", 'http://x.example'],
  ['<a href="javascript:alert(1)">点</a>', '点'],
  ['<script>alert(1)</script>字<style>p{}</style>', '字'],
  ['<script>never closed', ''],
  ['1 < 2 &lt;b&gt; &quot;x&quot; &#20013;&#x6587;&nbsp;&hellip;', '1 < 2 <b> "x" 中文 …'],
  ['&unknown; &#0; &#xD800; &#99999999;', '&unknown; &#99999999;'],
  ['a <b', 'a <b'],
  ['one\r\nline&#10;only', 'one line only'],
  ['', ''],
])('%j is %j', (html, lines) => {
  expect(reasonText(html)).toBe(lines);
});

test('no tag is left of whatever is sent', () => {
  const piece = fc.constantFrom('<', '>', '</', '<a href="', '"', '<br>', '<script>', '</script>', '字', '&lt;', ' ');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const written = pieces.filter((one) => one !== '&lt;').join('');
      expect(reasonText(written)).not.toMatch(/<(?:br|script|a)\b[^<]*>/);
    }),
  );
});

test.each(['<', '<a', '&', '&#', '<a href=', '<a href="x">', '<br>', 'href ', ' '])(
  'a hundred thousand times %j are read to their end',
  (piece) => {
    expect(reasonText(piece.repeat(100_000)).length).toBeLessThan(1_000_000);
  },
);
