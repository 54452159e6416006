/**
 * How people name the columns of their files, in the languages Heed speaks and a few more. Names
 * are compared without case, accents and punctuation: "E-Mail Address" is `e mail address`.
 * LIMIT: a list of words. What is not in it is found by what stands in the column, or is named.
 */

/** A column whose name holds one of these words is a candidate. */
const PHONE_WORDS =
  "phone phones telephone tel mobile cell cellphone msisdn handset gsm sms " +
  "phonenumber mobilenumber mobilephone cellnumber telephonenumber phoneno mobileno " +
  "contactnumber " +
  "telefono celular movil numerotelefono telefonomovil " + // Spanish
  "portable numerodetelephone telephoneportable numtel " + // French ("mobile" is above)
  "telefone telemovel numerodetelefone " + // Portuguese
  "telefon telefonnummer handy handynummer mobil mobilnummer rufnummer " + // German
  "cellulare telefonnumber telefoonnummer telefoon mobiel nomor ponsel hp " +
  "ফোন মোবাইল মোবাইলনম্বর ফোননম্বর মুঠোফোন " + // Bengali
  "هاتف الهاتف جوال الجوال موبايل رقمالهاتف رقمالجوال " + // Arabic
  "фон मोबाइल फोन फ़ोन телефон тел мобильный 电话 手机 手机号 手机号码 電話 電話番号 携帯 携帯番号 전화번호 휴대폰";

const EMAIL_WORDS =
  "email emails mail emailaddress mailaddress correo correoelectronico courriel adresseemail " +
  "adressemail emailadresse mailadresse emailadres correio enderecodeemail posta " +
  "ইমেইল ইমেল البريد بريد البريدالالكتروني ایمیل ईमेल почта емейл 邮箱 电子邮件 メール メールアドレス 이메일";

export const ADDRESS_WORDS = {
  phone: new Set(PHONE_WORDS.split(" ")),
  email: new Set(EMAIL_WORDS.split(" ")),
} as const;

/** "Téléphone_portable" and "telephonePortable" -> "telephone portable". */
export function plainName(name: string): string {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/gu, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .replace(/\be mail\b/gu, "email")
    .trim();
}

/** Whether a column of this name should hold such addresses. */
export function namesAddress(name: string, kind: "phone" | "email"): boolean {
  const plain = plainName(name);
  const words = ADDRESS_WORDS[kind];
  // "phone1" and "mobile_2" are told by their word; "telephone portable" also as a whole.
  return (
    words.has(plain.replaceAll(" ", "")) ||
    plain.split(" ").some((word) => words.has(word.replace(/\d+$/u, "")))
  );
}

const EITHER_NAMES: ReadonlySet<string> = new Set(
  "address addresses contact recipient number subscriber destination identifier".split(" "),
);

/** Whether a column of this name should hold phone numbers or e-mail addresses or both. */
export function namesEither(name: string): boolean {
  return (
    EITHER_NAMES.has(plainName(name)) || namesAddress(name, "phone") || namesAddress(name, "email")
  );
}
