/** Formats of strings as patterns (RFC 3339 for times, RFC 4122 for UUIDs, RFC 3986 for URIs; simplified where said). */

const HOUR = "([01]\\d|2[0-3])";
const TIME = `${HOUR}:[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]${HOUR}:[0-5]\\d)`;
const LEAP_DAY = "(\\d{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29";
const DATE = `((\\d{4})-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))|${LEAP_DAY})`;
const OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
/** Part of a host name; at most 31 characters, of the 63 that are allowed. */
const LABEL = "[A-Za-z0-9](-?[A-Za-z0-9]){0,15}";
const URI_CHARACTER = "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})";
const DAYS = "(\\d{1,4}D)";
const CLOCK = "(T(\\d{1,4}H(\\d{1,4}M)?(\\d{1,4}S)?|\\d{1,4}M(\\d{1,4}S)?|\\d{1,4}S))";

/** By name: a pattern of whole strings. */
export const FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  "date-time": `${DATE}T${TIME}`,
  /** Years, months and days, then hours, minutes and seconds, or weeks; units in order, without gaps. */
  duration: `P(\\d{1,4}W|(\\d{1,4}Y(\\d{1,4}M${DAYS}?)?|\\d{1,4}M${DAYS}?|${DAYS})${CLOCK}?|${CLOCK})`,
  uuid: "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
  /** Without quoted local parts and address literals; at most 134 characters. */
  email: `[A-Za-z0-9_+-]{1,24}(\\.[A-Za-z0-9_+-]{1,12})?@(${LABEL}\\.){1,3}[A-Za-z]{2,12}`,
  hostname: `${LABEL}(\\.${LABEL}){0,3}`,
  ipv4: `${OCTET}(\\.${OCTET}){3}`,
  /** All eight groups. */
  ipv6: "[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}",
  /** With a scheme, a host name or path, an optional query and fragment. */
  uri: `[A-Za-z][A-Za-z0-9+.-]{0,15}://(${LABEL}(\\.${LABEL}){0,3}(:\\d{1,4})?)(/${URI_CHARACTER}*)?(\\?${URI_CHARACTER}*)?(#${URI_CHARACTER}*)?`,
  "json-pointer": "(/([^/~]|~[01])*)*",
};
