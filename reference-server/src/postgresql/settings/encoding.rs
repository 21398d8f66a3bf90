//! The encodings that a client may speak, and the conversion from and to the server's, which is UTF-8.

use crate::engine::SqlError;
use encoding_rs as rs;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A client encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoding(&'static Row);

#[derive(Debug)]
struct Row {
    name: &'static str,
    /// What else it is called, in lower case, letters and digits only.
    aliases: &'static [&'static str],
    scheme: Scheme,
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Row {}

/// How text is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// Not at all: bytes are looked at as UTF-8.
    Utf8,
    /// A byte is a character of the same number.
    Latin1,
    /// The same but for [a few](LATIN5).
    Latin5,
    /// One byte a character, as this table has it.
    Single(&'static rs::Encoding),
    /// One byte or several.
    Multi(&'static rs::Encoding),
}

const fn row(name: &'static str, aliases: &'static [&'static str], scheme: Scheme) -> Row {
    Row { name, aliases, scheme }
}

#[rustfmt::skip]
static ALL: &[Row] = &[
    row("UTF8", &["unicode"], Scheme::Utf8),
    row("SQL_ASCII", &[], Scheme::Utf8),
    row("LATIN1", &["iso88591"], Scheme::Latin1),
    row("LATIN2", &["iso88592"], Scheme::Single(rs::ISO_8859_2)),
    row("LATIN3", &["iso88593"], Scheme::Single(rs::ISO_8859_3)),
    row("LATIN4", &["iso88594"], Scheme::Single(rs::ISO_8859_4)),
    row("LATIN5", &["iso88599"], Scheme::Latin5),
    row("LATIN6", &["iso885910"], Scheme::Single(rs::ISO_8859_10)),
    row("LATIN7", &["iso885913"], Scheme::Single(rs::ISO_8859_13)),
    row("LATIN8", &["iso885914"], Scheme::Single(rs::ISO_8859_14)),
    row("LATIN9", &["iso885915"], Scheme::Single(rs::ISO_8859_15)),
    row("LATIN10", &["iso885916"], Scheme::Single(rs::ISO_8859_16)),
    row("ISO_8859_5", &[], Scheme::Single(rs::ISO_8859_5)),
    row("ISO_8859_6", &[], Scheme::Single(rs::ISO_8859_6)),
    row("ISO_8859_7", &[], Scheme::Single(rs::ISO_8859_7)),
    row("ISO_8859_8", &[], Scheme::Single(rs::ISO_8859_8)),
    row("WIN866", &["alt", "windows866"], Scheme::Single(rs::IBM866)),
    row("WIN874", &["windows874"], Scheme::Single(rs::WINDOWS_874)),
    row("WIN1250", &["windows1250"], Scheme::Single(rs::WINDOWS_1250)),
    row("WIN1251", &["win", "windows1251"], Scheme::Single(rs::WINDOWS_1251)),
    row("WIN1252", &["windows1252"], Scheme::Single(rs::WINDOWS_1252)),
    row("WIN1253", &["windows1253"], Scheme::Single(rs::WINDOWS_1253)),
    row("WIN1254", &["windows1254"], Scheme::Single(rs::WINDOWS_1254)),
    row("WIN1255", &["windows1255"], Scheme::Single(rs::WINDOWS_1255)),
    row("WIN1256", &["windows1256"], Scheme::Single(rs::WINDOWS_1256)),
    row("WIN1257", &["windows1257"], Scheme::Single(rs::WINDOWS_1257)),
    row("WIN1258", &["abc", "tcvn", "tcvn5712", "vscii", "windows1258"], Scheme::Single(rs::WINDOWS_1258)),
    row("KOI8R", &["koi8"], Scheme::Single(rs::KOI8_R)),
    row("KOI8U", &[], Scheme::Single(rs::KOI8_U)),
    row("EUC_JP", &[], Scheme::Multi(rs::EUC_JP)),
    row("EUC_CN", &[], Scheme::Multi(rs::GBK)),
    row("EUC_KR", &[], Scheme::Multi(rs::EUC_KR)),
    row("SJIS", &["mskanji", "shiftjis", "win932", "windows932"], Scheme::Multi(rs::SHIFT_JIS)),
    row("BIG5", &["win950", "windows950"], Scheme::Multi(rs::BIG5)),
    row("GBK", &["win936", "windows936"], Scheme::Multi(rs::GBK)),
    row("UHC", &["win949", "windows949"], Scheme::Multi(rs::EUC_KR)),
    row("GB18030", &[], Scheme::Multi(rs::GB18030)),
];

/// Encodings that PostgreSQL has and this server has no tables of.
const WITHOUT_TABLES: [&str; 5] = ["EUC_TW", "EUC_JIS_2004", "MULE_INTERNAL", "JOHAB", "SHIFT_JIS_2004"];

/// Where LATIN5 is not LATIN1.
const LATIN5: [(u8, char); 6] =
    [(0xd0, 'Ğ'), (0xdd, 'İ'), (0xde, 'Ş'), (0xf0, 'ğ'), (0xfd, 'ı'), (0xfe, 'ş')];

/// Letters and digits only, in lower case: how encodings are told apart.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn bytes_of(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().take(8).map(|byte| format!("0x{byte:02x}")).collect();
    bytes.join(" ")
}

impl Encoding {
    /// UTF-8.
    pub(crate) fn utf8() -> Self {
        Self(&ALL[0])
    }

    /// The encoding of this name; an error, without a message, says by its SQLSTATE and detail why there is none.
    pub(crate) fn named(name: &str) -> Result<Self, (&'static str, Option<String>)> {
        let wanted = plain(name);
        let is = |row: &&Row| plain(row.name) == wanted || row.aliases.contains(&&*wanted);
        if let Some(row) = ALL.iter().find(is) {
            return Ok(Self(row));
        }
        match WITHOUT_TABLES.iter().find(|other| plain(other) == wanted) {
            Some(other) => {
                Err(("0A000", Some(format!("Conversion between {other} and UTF8 is not supported."))))
            }
            None => Err(("22023", None)),
        }
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        self.0.name
    }

    /// What the frontend sent, as text.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, SqlError> {
        if let Scheme::Utf8 = self.0.scheme {
            return utf8(bytes).map(Cow::Borrowed);
        }
        if bytes.is_ascii() && !bytes.contains(&0) {
            return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| self.invalid(bytes));
        }
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes;
        while let [first, ..] = rest {
            let length = if first.is_ascii() { 1 } else { self.length(rest) };
            let (character, behind) = rest.split_at(length.min(rest.len()));
            match self.character(character) {
                Some(decoded) if *first != 0 => text.push_str(&decoded),
                _ if *first != 0 && matches!(self.0.scheme, Scheme::Single(_)) => {
                    return Err(SqlError::error(
                        "22P05",
                        format!(
                            "character with byte sequence {} in encoding \"{}\" has no equivalent in encoding \"UTF8\"",
                            bytes_of(character),
                            self.name()
                        ),
                    ));
                }
                _ => return Err(self.invalid(character)),
            }
            rest = behind;
        }
        Ok(Cow::Owned(text))
    }

    /// How many bytes the character takes that begins, with a byte beyond ASCII, here.
    fn length(self, bytes: &[u8]) -> usize {
        match self.0.scheme {
            Scheme::Utf8 | Scheme::Latin1 | Scheme::Latin5 | Scheme::Single(_) => 1,
            Scheme::Multi(_) => match (self.name(), bytes) {
                ("EUC_JP", [0x8f, ..]) => 3,
                ("GB18030", [_, b'0'..=b'9', ..]) => 4,
                ("SJIS", [0xa1..=0xdf, ..]) => 1,
                _ => 2,
            },
        }
    }

    /// The text of the bytes of one character.
    fn character(self, bytes: &[u8]) -> Option<String> {
        let [first, ..] = bytes else { return None };
        match self.0.scheme {
            _ if first.is_ascii() => Some(char::from(*first).to_string()),
            Scheme::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Scheme::Latin1 => Some(char::from(*first).to_string()),
            Scheme::Latin5 => {
                let own = LATIN5.iter().find(|(byte, _)| byte == first);
                Some(own.map_or(char::from(*first), |(_, character)| *character).to_string())
            }
            Scheme::Single(table) | Scheme::Multi(table) => {
                let text = table.decode_without_bom_handling_and_without_replacement(bytes)?;
                // These tables, made for browsers, take what is not assigned for a control character.
                let control = |c: char| ('\u{80}'..'\u{a0}').contains(&c);
                let unassigned = self.name().starts_with("WIN") && text.chars().any(control);
                (!unassigned).then(|| text.into_owned())
            }
        }
    }

    fn invalid(self, bytes: &[u8]) -> SqlError {
        let name = self.name();
        SqlError::error(
            "22021",
            format!("invalid byte sequence for encoding \"{name}\": {}", bytes_of(bytes)),
        )
    }

    /// Text, as the frontend is to get it.
    pub(crate) fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, SqlError> {
        if text.is_ascii() || self.0.scheme == Scheme::Utf8 {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            match self.bytes(character) {
                Some(encoded) => bytes.extend_from_slice(&encoded),
                None => {
                    let mut buffer = [0; 4];
                    let utf8 = bytes_of(character.encode_utf8(&mut buffer).as_bytes());
                    return Err(SqlError::error(
                        "22P05",
                        format!(
                            "character with byte sequence {utf8} in encoding \"UTF8\" has no equivalent in encoding \"{}\"",
                            self.name()
                        ),
                    ));
                }
            }
        }
        Ok(Cow::Owned(bytes))
    }

    /// The bytes of a character.
    fn bytes(self, character: char) -> Option<Vec<u8>> {
        if character.is_ascii() {
            return u8::try_from(character).ok().map(|byte| vec![byte]);
        }
        match self.0.scheme {
            Scheme::Utf8 => Some(character.to_string().into_bytes()),
            Scheme::Latin1 => u8::try_from(character).ok().map(|byte| vec![byte]),
            Scheme::Latin5 => {
                let own = LATIN5.iter().find(|(_, own)| *own == character).map(|(byte, _)| *byte);
                let same = u8::try_from(character).ok();
                let same = same.filter(|same| LATIN5.iter().all(|(byte, _)| byte != same));
                own.or(same).map(|byte| vec![byte])
            }
            Scheme::Single(table) | Scheme::Multi(table) => {
                let text = character.to_string();
                let (bytes, _, unmappable) = table.encode(&text);
                let fits = |bytes: &&[u8]| self.character(bytes) == Some(text.clone());
                match (!unmappable).then_some(&*bytes).filter(fits) {
                    Some(bytes) => Some(bytes.to_vec()),
                    None if self.name() == "EUC_JP" => {
                        jis_x_0212().get(&character).map(|bytes| bytes.to_vec())
                    }
                    None => None,
                }
            }
        }
    }
}

/// The characters of EUC_JP's third code set, which browsers read and do not write.
fn jis_x_0212() -> &'static BTreeMap<char, [u8; 3]> {
    static TABLE: OnceLock<BTreeMap<char, [u8; 3]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lead = 0xa1..=0xfe_u8;
        let codes = lead.flat_map(|first| (0xa1..=0xfe_u8).map(move |second| [0x8f, first, second]));
        let decoded = codes.filter_map(|bytes| {
            let text = rs::EUC_JP.decode_without_bom_handling_and_without_replacement(&bytes)?;
            text.chars().next().map(|character| (character, bytes))
        });
        decoded.collect()
    })
}

/// Text that is UTF-8 and has no zero byte.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, SqlError> {
    let (valid, error) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.len(), None),
        Err(error) => (error.valid_up_to(), Some(error)),
    };
    let zero = bytes.iter().take(valid).position(|byte| *byte == 0);
    match (zero, error, std::str::from_utf8(bytes)) {
        (None, None, Ok(text)) => Ok(text),
        (zero, ..) => {
            let wrong = bytes.get(zero.unwrap_or(valid)..).unwrap_or_default();
            let length = match wrong.first() {
                Some(0xc0..=0xdf) => 2,
                Some(0xe0..=0xef) => 3,
                Some(0xf0..=0xf7) => 4,
                _ => 1,
            };
            Err(Encoding::utf8().invalid(wrong.get(..length).unwrap_or(wrong)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Encoding {
        Encoding::named(name).unwrap_or_else(|_| panic!("{name}"))
    }

    #[test]
    fn text_goes_both_ways() {
        for (name, bytes, text) in [
            ("utf-8", &b"\xc3\xa9"[..], "é"),
            ("'utf-8'", b"\xc3\xa9", "é"),
            ("latin1", b"\xe9", "é"),
            ("latin2", b"\xff\xb1", "˙ą"),
            ("iso-8859-9", b"\xfe\xe9", "şé"),
            ("Windows1252", b"\x80\xe9", "€é"),
            ("EUC_JP", b"\x8f\xab\xb1", "é"),
            ("euc-jp", b"\xc6\xfc", "日"),
            ("sjis", b"\x93\xfa\xb1", "日ｱ"),
            ("koi8", b"\xe9", "И"),
            ("sql_ascii", b"\xc3\xa9", "é"),
        ] {
            let encoding = named(name);
            assert_eq!(encoding.decode(bytes).as_deref(), Ok(text), "{name}");
            assert_eq!(encoding.encode(text).as_deref(), Ok(bytes), "{name}");
        }
    }

    #[test]
    fn what_has_no_equivalent_is_refused() {
        let decode = |name, bytes: &[u8]| match named(name).decode(bytes) {
            Ok(text) => Ok(text.into_owned()),
            Err(error) => Err(error.message.into_owned()),
        };
        let invalid = |name, bytes| Err(format!("invalid byte sequence for encoding \"{name}\": {bytes}"));
        assert_eq!(decode("utf8", b"\xff"), invalid("UTF8", "0xff"));
        assert_eq!(decode("utf8", b"\xe2x'"), invalid("UTF8", "0xe2 0x78 0x27"));
        assert_eq!(decode("utf8", b"a\0"), invalid("UTF8", "0x00"));
        assert_eq!(decode("sql_ascii", b"\xed\xa0\x80"), invalid("UTF8", "0xed 0xa0 0x80"));
        assert_eq!(decode("euc_jp", b"\x81'"), invalid("EUC_JP", "0x81 0x27"));
        assert_eq!(
            decode("win1252", b"\x81"),
            Err("character with byte sequence 0x81 in encoding \"WIN1252\" has no equivalent in encoding \"UTF8\""
                .to_owned())
        );
        let error = named("latin1").encode("€").map_err(|error| (error.code, error.message));
        let message = "character with byte sequence 0xe2 0x82 0xac in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"";
        assert_eq!(error, Err(("22P05".into(), message.into())));
    }
}
