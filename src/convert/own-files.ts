/**
 * The names of files that conversions write into folders: files that may be replaced when such a folder is
 * written again.
 */
const OWN =
  /^(?:model(?:-\d{5}-of-\d{5})?\.safetensors|model\.safetensors\.index\.json|consolidated\.\d{2}\.pth|params\.json|model\.bin|config\.json|generation_config\.json|tokenizer\.(?:json|model|bin)|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json|vocab\.json|merges\.txt|chat_template\.jinja|README\.md)$/;

/** Whether a conversion writes files of this name. */
export function isConvertedFile(name: string): boolean {
  return OWN.test(name);
}
