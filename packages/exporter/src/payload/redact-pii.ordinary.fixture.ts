/** Ordinary texts of the kinds that look most like personal data, to measure by how many `redactPii()` leaves alone. */
import { ALPHANUMERIC, HEX, LETTERS, Maker } from './text-maker.fixture.ts';

const PROSE = [
  'In 1987 the town had 12,345 inhabitants; by 2023 there were 1,204,567.',
  'The Eiffel Tower is 330 m tall, was built from 1887 to 1889 and has 1,665 steps.',
  'Call the function twice, then text the result to the log.',
  'The phone has 128 GB of storage, a 6.1-inch display and costs 799.00 USD.',
  'Der Zug fährt um 10:30 Uhr ab und kommt um 14:05 Uhr in Gleis 12 an.',
  'Le budget 2024 s’élève à 12 345 678 € et celui de 2025 à 13 000 000 €.',
  'La población creció de 1.234.567 a 2.345.678 habitantes entre 1990 y 2020.',
  'Il file pesa 1.048.576 byte e la cartella 12.582.912 byte.',
  'A token is about four characters; the context holds 128000 tokens and the answer 4096.',
  'The secret of a good soup is patience. The key is to keep it simple. The password must contain a digit.',
  'Keep your API key secret: never commit it, and rotate the token every 90 days.',
  'E-mail us through the form; our address is on the website. Follow @openai and @anthropic.',
  '会議は2024年11月24日の10時30分に始まり、参加者は128名でした。',
  '该项目预算为 1,234,567 元，将于 2025 年 3 月 1 日开始。',
  'Население города выросло с 1 234 567 до 2 345 678 человек за 2010–2020 годы.',
  'Chapter 3, pages 120-145, tables 10-12; see also sections 4.2.1.3 and 5.1.2.',
  'Score 3-2 after 90 minutes; 415 of 555 shots, 132 on target.',
  'The ratio is 16:9, the resolution 1920x1080, the bitrate 4500 kbit/s.',
  'π is 3.141592653589793238, e is 2.718281828459045, c is 299792458 m/s, N = 6.02214076e23.',
  'The war lasted from 1914-1918, the next from 1939-1945; between them lay 20 years.',
  'Room 204, building 12, floors 3-5, seats 100-120; doors open at 19:30.',
  'The recipe needs 250 g flour, 125 ml milk, 2 eggs, 180 °C for 35-40 minutes.',
];
const CODE = [
  'for (let i = 0; i < 1000000; i += 1) total += values[i] * 0.5;',
  'const sizes = [64, 128, 256, 512, 1024, 2048, 4096];',
  'layer = nn.Conv2d(256, 512, kernel_size=3)\nx = x.view(256, 512, 1024)',
  'password: string;\n  token?: string;\n  apiKey: process.env.OPENAI_API_KEY,',
  'const token = await getToken({ audience: config.apiAudience });',
  'api_key = os.environ["OPENAI_API_KEY"]\nclient = OpenAI(api_key=api_key)',
  'export OPENAI_API_KEY=<your-api-key>\nexport TOKEN=$(cat token.txt)',
  'let v: std::vec::Vec<u8> = Vec::with_capacity(4096); fed::Value::new();',
  'std::array<int, 4> a{1, 2, 3, 4}; ns::cafe::bar(); a::b::c d;',
  '@Component({ selector: "app-root" })\nexport class AppComponent {}',
  '@media (max-width: 600px) { .logo { background: url(logo@2x.png); } }',
  'npm install lodash@4.17.21 react@18.2.0 @types/node@20.19.0',
  'git clone git@github.com:open-telemetry/opentelemetry-js.git',
  'y = x @ w.T + b\nz = a@b',
  'SELECT id, total FROM orders WHERE id IN (1000001, 1000002, 1000003) LIMIT 100;',
  'server.listen(8080, "127.0.0.1"); bind("0.0.0.0:3000"); mask = "255.255.255.0"',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  '#include <stdint.h>\nuint64_t x = 0xdeadbeefcafebabeULL; int y = 0b10101010; float f = 1.0e-10f;',
  'color: #ff8800; background: rgba(255, 128, 0, 0.5); margin: 10px 20px 30px 40px;',
  'const pattern = /^[\\w.+-]+@[\\w-]+\\.[a-z]{2,}$/i;',
  'func main() { fmt.Printf("%d %s %v\\n", 1234567890, "text", []int{1, 2, 3}) }',
  'max_tokens: 4096\ntemperature: 0.7\ntop_p: 0.95\nprompt_tokens: 1234\ncompletion_tokens: 567',
  'tokenizer = "cl100k_base"\nmodel = "gpt-4o-mini-2024-07-18"\nembedding = "text-embedding-3-small"',
  'page_token=next&limit=100&offset=2000000&sort=-created_at',
  'sk-learn-style estimators: sklearn.linear_model.LogisticRegression(max_iter=1000)',
  'Bearer authentication is required; basic authentication is not supported.',
  'docker run -p 8080:80 -e NODE_ENV=production registry.example.com/app:1.2.3',
  'kubectl get pods -n kube-system -l app=web --since=10m | head -20',
  'CREATE INDEX pk_customer_orders ON orders (customer_id, created_at DESC);',
  '00000000  48 65 6c 6c 6f 20 57 6f  72 6c 64 0a 01 02 03 04  |Hello World.....|',
];

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

/** Each makes a text of one kind; numbers stand in it as they do in answers, logs and tables. */
const ORDINARY: readonly ((make: Maker) => string)[] = [
  (m) => m.of(PROSE),
  (m) => m.of(CODE),
  (m) => `${m.of(PROSE)} ${m.of(PROSE)}`,
  (m) =>
    `The total is ${m.digits(m.of(['###', '#####', 'N######', 'N########', 'N#########', 'N###########']))} and the mean ${m.digits('###.####')}.`,
  (m) =>
    `id ${m.digits(m.of(['N#########', 'N##########', 'N#############', 'N################']))} of ${m.digits('N######')}`,
  (m) => `order 1${m.digits('##################')}, customer ${m.digits('N####')}`,
  (m) => Array.from({ length: 8 }, () => m.integer(1, 5000)).join(m.of([' ', ', ', '\t', '\n', ' | '])),
  (m) => `[${Array.from({ length: 12 }, () => (m.integer(-1000, 1000) / 997).toFixed(m.integer(1, 16))).join(', ')}]`,
  (m) =>
    `${m.integer(1, 999)},${m.digits('###')},${m.digits('###')}.${m.digits('##')} or ${m.integer(1, 999)}.${m.digits('###')}.${m.digits('###')},${m.digits('##')}`,
  (m) =>
    `${m.integer(1950, 2030)}-${pad(m.integer(1, 12))}-${pad(m.integer(1, 28))}T${pad(m.integer(0, 23))}:${pad(m.integer(0, 59))}:${pad(m.integer(0, 59))}.${m.digits('###')}Z`,
  (m) =>
    `on ${pad(m.integer(1, 28))}${m.of(['.', '/', '-', ' '])}${pad(m.integer(1, 12))}${m.of(['.', '/', '-', ' '])}${m.integer(1950, 2030)}, ${pad(m.integer(0, 23))}:${pad(m.integer(0, 59))}`,
  (m) =>
    `${m.of(['Mon', 'Tue', 'Sun'])}, ${m.integer(1, 28)} ${m.of(['Jan', 'Nov'])} ${m.integer(1990, 2030)} ${pad(m.integer(0, 23))}:${pad(m.integer(0, 59))}:${pad(m.integer(0, 59))} +0${m.integer(0, 9)}00`,
  (m) =>
    `at 17${m.digits('########')} s, 17${m.digits('###########')} ms, 17${m.digits('##############')} µs, 17${m.digits('#################')} ns`,
  (m) =>
    `${m.chars(8, HEX)}-${m.chars(4, HEX)}-4${m.chars(3, HEX)}-${m.of(['8', '9', 'a', 'b'])}${m.chars(3, HEX)}-${m.chars(12, HEX)}`,
  (m) =>
    `${m.digits('########')}-${m.digits('####')}-4${m.digits('###')}-8${m.digits('###')}-${m.digits('############')}`,
  (m) =>
    `trace_id=${m.chars(32, HEX)} span_id=${m.chars(16, HEX)} traceparent: 00-${m.chars(32, HEX)}-${m.chars(16, HEX)}-01`,
  (m) => `commit ${m.chars(40, HEX)} (${m.chars(7, HEX)}), sha256:${m.chars(64, HEX)}, md5 ${m.chars(32, HEX)}`,
  (m) => `sha512-${m.chars(86, `${ALPHANUMERIC}+/`)}==`,
  (m) =>
    `version ${m.integer(0, 30)}.${m.integer(0, 40)}.${m.integer(0, 99)}, v${m.integer(0, 9)}.${m.integer(0, 9)}.${m.integer(0, 9)}.${m.integer(1, 9)}, ${m.integer(1, 20)}.${m.integer(0, 20)}.${m.digits('N###')}.${m.integer(1, 99)}-rc.${m.integer(1, 9)}`,
  (m) =>
    `Assembly Version=${m.integer(1, 9)}.${m.integer(0, 9)}.0.0, ${m.integer(1, 20)}.${m.integer(0, 9)}.${m.integer(0, 9)}`,
  (m) =>
    `${m.of(['$', '€', '£', '¥'])}${m.integer(1, 9999)}.${m.digits('##')}, ${m.digits('N##')} ${m.digits('###')} ${m.of(['€', 'EUR', 'USD'])}, ${m.digits('N#')} %, ${m.of(['USD', 'EUR'])} ${m.integer(1, 999)},${m.digits('###')}.00`,
  (m) =>
    `ISBN 978-${m.digits('#-##-######-#')}, ISBN-10 ${m.digits('#-###-#####-#')}, ISBN 978${m.digits('##########')}, EAN 40${m.digits('###########')}`,
  (m) =>
    `MAC ${Array.from({ length: 6 }, () => m.chars(2, HEX)).join(':')}, took ${pad(m.integer(0, 23))}:${pad(m.integer(0, 59))}:${pad(m.integer(0, 59))}, ratio ${m.integer(1, 99)}:${m.integer(1, 99)}`,
  (m) =>
    `(${(m.integer(-90000, 90000) / 1000).toFixed(6)}, ${(m.integer(-180000, 180000) / 1000).toFixed(6)}) ±${m.integer(1, 50)} m`,
  (m) =>
    `RFC ${m.digits('N###')}, CVE-${m.integer(2000, 2026)}-${m.digits('N####')}, arXiv:${m.digits('N###')}.${m.digits('#####')}, doi:10.${m.digits('N###')}/${m.chars(8, LETTERS)}.${m.integer(1990, 2026)}.${m.digits('#####')}`,
  (m) =>
    `{"id":${m.digits('N#######')},"created":17${m.digits('########')},"usage":{"prompt_tokens":${m.integer(1, 9999)},"total_tokens":${m.integer(1, 99999)}},"score":${(m.integer(0, 1000) / 1009).toString()}}`,
  (m) =>
    `chatcmpl-${m.chars(29, ALPHANUMERIC)} call_${m.chars(24, ALPHANUMERIC)} msg_${m.chars(32, HEX)} run-${m.chars(8, HEX)} toolu_${m.chars(24, ALPHANUMERIC)}`,
  (m) =>
    `| ${m.integer(1, 99)} | ${m.digits('N##')} ${m.digits('###')} | ${m.digits('N##.##')} | ${m.integer(1990, 2026)} |`,
  (m) =>
    `${m.integer(1, 40)} × ${m.integer(1, 40)} = ${m.integer(1, 1600)}; ${m.digits('N##')}-${m.digits('##')} = ${m.digits('N##')}; ${m.digits('N###')}/${m.digits('N#')}`,
  (m) =>
    `10${m.digits('###')} ${m.of(['Berlin', 'Paris', 'Wien'])}, ${m.of(['CA', 'NY'])} ${m.digits('9####')}-${m.digits('####')}, p. ${m.integer(10, 99)}-${m.integer(100, 300)}, ${m.integer(1900, 1990)}-${m.integer(1991, 2026)}`,
  (m) =>
    `https://example.com/items/${m.digits('N#######')}?page=${m.integer(1, 99)}&from=${m.integer(2000, 2026)}-0${m.integer(1, 9)}-1${m.integer(0, 9)}#L${m.integer(10, 999)}`,
  (m) =>
    `/var/log/app/${m.integer(2020, 2026)}/${pad(m.integer(1, 12))}/${pad(m.integer(1, 28))}/worker-${m.integer(0, 31)}.${m.digits('N####')}.log:${m.integer(1, 9999)}:${m.integer(1, 80)}`,
];

export function ordinaryTexts(count: number, seed: number): readonly string[] {
  const make = new Maker(seed);
  return Array.from({ length: count }, (_, i) => ORDINARY[i % ORDINARY.length]?.(make) ?? '');
}
