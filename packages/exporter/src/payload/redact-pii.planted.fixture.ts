/** Personal data and secrets with the sentences around them, in fifteen languages and a dozen formats, to measure by how many `redactPii()` finds. */
import { ALPHANUMERIC, DIGITS, HEX, Maker } from './text-maker.fixture.ts';

export interface Planted {
  readonly kind: string;
  readonly text: string;
  /** What the text becomes. */
  readonly redacted: string;
}

function withLuhnDigit(digits: string): string {
  const sum = Array.from(digits)
    .reverse()
    .reduce(
      (total, digit, i) =>
        total + (i % 2 === 0 ? ((Number(digit) * 2) % 10) + Math.floor((Number(digit) * 2) / 10) : Number(digit)),
      0,
    );
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

function withIbanDigits(country: string, account: string): string {
  const numbers = `${account}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return `${country}${String(98n - (BigInt(numbers) % 97n)).padStart(2, '0')}${account}`;
}

const grouped = (text: string, by: number, separator: string): string =>
  text.match(new RegExp(`.{1,${by}}`, 'g'))?.join(separator) ?? text;

/* Values */

// prettier-ignore
const FIRST_NAMES = [
  'anna', 'jean-luc', 'o’brien', 'müller', 'garcía', 'søren', 'wei.zhang', 'j.smith', 'maria_rossi', 'ivan+news',
  'x', 'info', 'first.last', 'аня',
];
// prettier-ignore
const DOMAINS = [
  'example.com', 'mail.example.co.uk', 'bücher.example.de', 'acme-corp.io', 'uni-münchen.de',
  'sub.a.b.example.museum', 'gmail.com', 'web.de', 'orange.fr', 'qq.com', 'пример.рф', 'firma.com.br',
];

/** Known by their shape wherever they stand. */
// prettier-ignore
const PHONES = [
  '+1 N## N## ####', '+1 (N##) N##-####', '+1-N##-N##-####', '+1.N##.N##.####', '1 (8NN) N##-####', '+1N##N######',
  '1-8NN-N##-####', '(N##) N##-####', '(N##)N##-####', 'N##-N##-####', 'N##.N##.####', '+49 30 #######',
  '+49 (0)30 #######', '+49 171 N######', '+4917N########', '0171 N######', '0171/N######', '030 / N######',
  '030-N#######', '(030) N#######', '0049 30 N######', '+49-30-N######', '(+49) 30 N######', '+49(0)30 N######',
  '0171-N######', '0171 ### ## ##', '+44 20 7### ####', '+44 (0)20 7### ####', '020 7### ####', '07N## ######',
  '(020) 7### ####', '+447N########', '+33 6 ## ## ## ##', '+33N########', '06 ## ## ## ##', '06.##.##.##.##',
  '01-##-##-##-##', '0033 6 ## ## ## ##', '+33(0)6 ## ## ## ##', '+34 6## ### ###', '+34 6## ## ## ##',
  '+39 06 #### ####', '+39 34# ### ####', '06 #### ####', '02 N######', '+55 11 9####-####', '+55 (11) 9####-####',
  '(11) 9####-####', '+351 91# ### ###', '+52 55 #### ####', '+54 9 11 ####-####', '+31 6 N#######', '06-N#######',
  '020-N######', '+32 4## ## ## ##', '+41 79 ### ## ##', '079 ### ## ##', '+43 664 #######', '0664 N######',
  '+46 70 ### ## ##', '070-### ## ##', '+45 ## ## ## ##', '+47 ### ## ###', '+358 40 ### ####', '+48 6## ### ###',
  '+420 7## ### ###', '+81 90-####-####', '090-####-####', '03-####-####', '+82 10-####-####', '010-####-####',
  '02-###-####', '+86 138 #### ####', '+86138########', '+91 98### #####', '+91-98###-#####', '+9198########',
  '022-N#######', '+7 916 ###-##-##', '8 (916) ###-##-##', '+7 (495) ###-##-##', '+61 4## ### ###', '(02) 9### ####',
  '+27 82 ### ####', '+971 50 ### ####',
];

/** Only the words before them tell what they are. */
// prettier-ignore
const ANNOUNCED_PHONES = [
  'N## N## ####', 'N##N######', '017N########', '06########', '6## ### ###', '91# ### ###', '34# #######',
  '## ## ## ##', '138########', '138 #### ####', '98### #####', '###-####', '11 9####-####', '9## ## ## ##',
];

const SECRETS: readonly ((make: Maker) => string)[] = [
  (m) => `sk-${m.key(48)}`,
  (m) => `sk-proj-${m.key(64, `${ALPHANUMERIC}_-`)}`,
  (m) => `sk-ant-api03-${m.key(93, `${ALPHANUMERIC}_-`)}AA`,
  (m) => `sk-or-v1-${m.chars(64, HEX)}`,
  (m) => `sk_live_${m.key(24)}`,
  (m) => `rk_test_${m.key(24)}`,
  (m) => `ghp_${m.key(36)}`,
  (m) => `github_pat_${m.key(22)}_${m.key(59)}`,
  (m) => `glpat-${m.key(20)}`,
  (m) => `xoxb-${m.digits('############')}-${m.digits('############')}-${m.key(24)}`,
  (m) => `AKIA${m.chars(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  (m) => `AIza${m.key(35, `${ALPHANUMERIC}_-`)}`,
  (m) => `ya29.${m.key(60, `${ALPHANUMERIC}_-`)}`,
  (m) => `npm_${m.key(36)}`,
  (m) => `hf_${m.key(34)}`,
  (m) => `gsk_${m.key(52)}`,
  (m) => `xai-${m.key(80)}`,
  (m) => `SG.${m.key(22)}.${m.key(43)}`,
  (m) => `lsv2_pt_${m.chars(32, HEX)}_${m.chars(10, HEX)}`,
  (m) => `sk-lf-${m.chars(8, HEX)}-${m.chars(4, HEX)}-4${m.chars(3, HEX)}-a${m.chars(3, HEX)}-${m.chars(10, HEX)}e1`,
  (m) => `eyJhbGciOiJIUzI1NiIs${m.key(16)}.eyJzdWIiOiIx${m.key(60)}.${m.key(43, `${ALPHANUMERIC}_-`)}`,
  (m) => `${m.digits('N#########')}:AA${m.key(33, `${ALPHANUMERIC}_-`)}`,
];
/** A key without a mark of its own, and what stands around it. */
const ASSIGNED_SECRETS: readonly (readonly [before: string, after: string])[] = [
  ['api_key = "', '"'],
  ['{"apiKey": "', '"}'],
  ['export SERVICE_API_KEY=', ''],
  ['x-api-key: ', ''],
  ['Authorization: Bearer ', ''],
  ["client_secret: '", "'"],
  ['https://api.example.com/v1/items?access_token=', '&page=2'],
  ['curl -H "Authorization: Bearer ', '" https://api.example.com'],
  ['My password is ', ''],
  ['AWS_SECRET_ACCESS_KEY=', '\nREGION=eu-central-1'],
  ['"password":"', '","user":"anna"'],
  ['Authorization: Basic ', ''],
  ['{"headers":{"x-auth-token":"', '"}}'],
  ['token := "', '"'],
  ['the api key is ', ', keep it safe'],
  ['Das Passwort: ', ' – bitte ändern.'],
  ['mot de passe : ', ''],
  ['contraseña: ', ''],
  ['postgres://app:', '@db.example.internal:5432/app'],
  ['redis://:', '@cache:6379/0'],
];

const IBANS: readonly (readonly [country: string, account: (make: Maker) => string])[] = [
  ['DE', (m) => m.digits('##################')],
  ['FR', (m) => `${m.digits('##########')}${m.chars(11, DIGITS)}${m.digits('##')}`],
  ['GB', (m) => `NWBK${m.digits('##############')}`],
  ['ES', (m) => m.digits('####################')],
  ['IT', (m) => `X${m.digits('######################')}`],
  ['NL', (m) => `ABNA${m.digits('##########')}`],
  ['CH', (m) => m.digits('#################')],
  ['AT', (m) => m.digits('################')],
  ['BE', (m) => m.digits('############')],
  ['PL', (m) => m.digits('########################')],
  ['SE', (m) => m.digits('####################')],
  ['NO', (m) => m.digits('###########')],
  ['MT', (m) => `MALT${m.digits('#####')}${m.chars(18, '0123456789ABC')}`],
  ['SA', (m) => m.digits('####################')],
];

const CARDS = [
  '4### #### #### ###',
  '51## #### #### ###',
  '2221 #### #### ###',
  '34## ###### ####',
  '6011 #### #### ###',
  '3528 #### #### ###',
  '36## ###### ###',
  '6212 #### #### ###',
] as const;

type Value = readonly [kind: string, placeholder: string, value: string];

const VALUES: Readonly<Record<string, (make: Maker) => Value>> = {
  email: (m) => [
    'email',
    '[email]',
    `${m.of(FIRST_NAMES).replace('’', "'")}${m.of(['', m.digits('##')])}@${m.of(DOMAINS)}`,
  ],
  phone: (m) => ['phone', '[phone]', m.digits(m.of(PHONES))],
  announcedPhone: (m) => ['announced phone', '[phone]', m.digits(m.of(ANNOUNCED_PHONES))],
  card: (m) => {
    const pattern = m.of(CARDS);
    const digits = withLuhnDigit(m.digits(pattern.replaceAll(' ', '')));
    const separator = m.of(['', ' ', '-']);
    if (separator === '') return ['card', '[card]', digits];
    let at = 0;
    const printed = pattern
      .split(' ')
      .map((group, i, groups) => digits.slice(at, (at += group.length + (i === groups.length - 1 ? 1 : 0))));
    return ['card', '[card]', printed.join(separator)];
  },
  iban: (m) => {
    const [country, account] = m.of(IBANS);
    const iban = withIbanDigits(country, account(m));
    return ['iban', '[iban]', m.of([iban, grouped(iban, 4, ' '), grouped(iban, 4, '\u00a0'), iban.toLowerCase()])];
  },
  ipv4: (m) => [
    'ip',
    '[ip]',
    [m.integer(1, 223), m.integer(0, 255), m.integer(0, 255), m.integer(1, 254)].join('.').replace(/^127/, '128'),
  ],
  ipv6: (m) => {
    const group = (): string => m.chars(m.integer(1, 4), HEX);
    const head = m.of(['2001', '2a02', '2606', 'fe80', 'fd12', '2001:0db8']);
    const full = 8 - head.split(':').length;
    return [
      'ip',
      '[ip]',
      m.of([
        [head, ...Array.from({ length: full }, group)].join(':'),
        `${head}::${group()}`,
        `${head}:${group()}::${group()}:${group()}`,
      ]),
    ];
  },
  secret: (m) => ['secret', '[secret]', m.of(SECRETS)(m)],
};

/* Sentences. `{}` is the value. */

// prettier-ignore
const SENTENCES = [
  'You can reach me at {} any time.', 'Please use {}, not the old one.', 'My details: {}.', 'Is {} still right?',
  '({})', '“{}”', 'Note: {}; thanks!', '{}', '- {}\n- nothing else', 'First {}, then we talk.',
  'Meine Daten sind {} – danke!', 'Bitte schreiben Sie an {}.', 'Können Sie {} prüfen?', 'Mes coordonnées : {}.',
  'Pouvez-vous vérifier {} ?', 'Mis datos son {}.', '¿Está bien {}?', 'I miei dati: {}, grazie.',
  'Os meus dados são {}.', 'Mijn gegevens zijn {}.', 'Moje dane to {}.', 'Mina uppgifter är {}.', '私の連絡先は {} です。',
  '我的信息是 {}。', '제 정보는 {} 입니다.', 'Мои данные: {}.', 'بياناتي هي {} شكرا', 'मेरा विवरण {} है',
  '{"contact":"{}","plan":"pro"}', '{"args":{"value": "{}"}}', '{"text":"Details:\\n{}\\nThanks"}', 'a\n{}\nb',
  '<{}>', '[{}](https://example.com)', '{}, {"n":1}', 'user={} plan=pro', 'Re: {} (urgent)',
  'name;value;plan\nAnna;{};pro', '| value | {} |', '<value>{}</value>', 'value: {}\nplan: pro',
  "INSERT INTO users VALUES ('Anna', '{}');", 'const value = "{}";', 'print("{}")',
  '[2024-11-24 10:30:01] INFO user said {} and left', '**{}**', '`{}`', 'Q: what is it?\nA: {}\n',
];

// prettier-ignore
const PHONE_SENTENCES = [
  'Call me at {} tomorrow.', 'My phone number is {}.', 'Phone: {}', 'Tel. {}', 'tel: {}', 'Fax: {}',
  'Mobile {}, evenings only.', 'Text me on {}!', 'WhatsApp: {}', '{"phone":"{}"}', '{"phone_number": "{}"}',
  'phone={}', 'Cell: {}', 'Meine Telefonnummer ist {}.', 'Telefon: {}', 'Handynummer {}',
  'Rufen Sie mich unter {} an.', 'Mobil: {}', 'Mon numéro de téléphone est le {}.', 'Tél. : {}',
  'Appelez-moi au {}.', 'Portable : {}', 'Mi teléfono es {}.', 'Móvil: {}', 'Llámame al {}.',
  'Il mio cellulare è {}.', 'Telefono: {}', 'Meu celular é {}.', 'O meu telemóvel é {}.', 'Telefone: {}',
  'Mijn mobiel is {}.', 'Telefoonnummer: {}', 'Mój numer telefonu to {}.', 'Min mobil är {}.', 'Telefonnummer: {}',
  '電話番号は {} です。', '携帯：{}', '我的电话是 {}。', '手机号码：{}', '전화번호는 {} 입니다.', 'Мой телефон: {}', 'Тел.: {}', 'هاتفي {}',
  'मेरा फोन नंबर {} है',
];

/** Every kind in every sentence that suits it, as often as makes up the count. */
export function plantedTexts(count: number, seed: number): readonly Planted[] {
  const make = new Maker(seed);
  const kinds = Object.keys(VALUES);
  return Array.from({ length: count }, (_, i) => {
    if (i % 9 === 8) {
      const [before, after] = make.of(ASSIGNED_SECRETS);
      const text = `${before}${make.key(make.integer(16, 40))}${after}`;
      return { kind: 'assigned secret', text, redacted: `${before}[secret]${after}` };
    }
    const value = VALUES[kinds[i % kinds.length] ?? 'email'];
    if (value === undefined) throw new Error('Expected a kind of value.');
    const [kind, placeholder, planted] = value(make);
    const sentence = make.of(
      kind === 'announced phone' || (kind === 'phone' && i % 2 === 0) ? PHONE_SENTENCES : SENTENCES,
    );
    return { kind, text: sentence.replace('{}', () => planted), redacted: sentence.replace('{}', placeholder) };
  });
}
