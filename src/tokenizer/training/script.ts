/**
 * The script of a code point, as in SentencePiece's trainer: the scripts of Unicode 9; newer and unassigned
 * code points are Common; Hiragana, Katakana and the long vowel mark count as Han.
 */

/** In the order of frequency, so that the search ends early for common text. */
const NAMES = (
  "Inherited Common Han Latin Cyrillic Greek Arabic Hebrew Devanagari Hangul Hiragana Katakana Thai Georgian " +
  "Armenian Bengali Tamil Telugu Kannada Malayalam Gujarati Gurmukhi Oriya Sinhala Ethiopic Khmer Lao " +
  "Myanmar Tibetan Mongolian Adlam Ahom Anatolian_Hieroglyphs Avestan Balinese Bamum Bassa_Vah Batak " +
  "Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma " +
  "Cham Cherokee Coptic Cuneiform Cypriot Deseret Duployan Egyptian_Hieroglyphs Elbasan Glagolitic Gothic " +
  "Grantha Hanunoo Hatran Imperial_Aramaic Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi " +
  "Kayah_Li Kharoshthi Khojki Khudawadi Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Mandaic " +
  "Manichaean Marchen Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mro " +
  "Multani Nabataean New_Tai_Lue Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian " +
  "Old_Permic Old_Persian Old_South_Arabian Old_Turkic Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau " +
  "Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham " +
  "SignWriting Sora_Sompeng Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri " +
  "Tangut Thaana Tifinagh Tirhuta Ugaritic Vai Warang_Citi Yi"
).split(" ");

export const INHERITED = 0;
export const COMMON = 1;
const HAN = NAMES.indexOf("Han");
/** Numbers of scripts are below this. */
export const SCRIPT_COUNT = NAMES.length;

const LONG_VOWEL = 0x30fc;

/** Created on first use: most texts need few. */
const patterns: (RegExp | undefined)[] = new Array(NAMES.length);

/** Number of the script of a code point. Slow: callers cache the result. */
export function scriptOf(codePoint: number): number {
  if (codePoint === LONG_VOWEL) return HAN;
  const char = String.fromCodePoint(codePoint);
  for (let script = 0; script < NAMES.length; script++) {
    patterns[script] ??= new RegExp(`^\\p{Script=${NAMES[script]}}$`, "u");
    if (!patterns[script]?.test(char)) continue;
    return NAMES[script] === "Hiragana" || NAMES[script] === "Katakana" ? HAN : script;
  }
  return COMMON;
}
