//! The fields of ErrorResponse and NoticeResponse: the documentation's section "Error and Notice Message Fields".

/// The field codes and the names that cases and traces use for them.
pub const FIELDS: &[(u8, &str)] = &[
    (b'S', "severity"),
    (b'V', "severity_nonlocalized"),
    (b'C', "code"),
    (b'M', "message"),
    (b'D', "detail"),
    (b'H', "hint"),
    (b'P', "position"),
    (b'p', "internal_position"),
    (b'q', "internal_query"),
    (b'W', "where"),
    (b's', "schema"),
    (b't', "table"),
    (b'c', "column"),
    (b'd', "data_type"),
    (b'n', "constraint"),
    (b'F', "file"),
    (b'L', "line"),
    (b'R', "routine"),
];

/// The name of a field code.
pub fn name(code: u8) -> Option<&'static str> {
    FIELDS.iter().find(|(c, _)| *c == code).map(|(_, name)| *name)
}

/// The code of a field name.
pub fn code(name: &str) -> Option<u8> {
    FIELDS.iter().find(|(_, n)| *n == name).map(|(code, _)| *code)
}

/// The value of the first field with this code.
pub fn find<'a>(fields: &[(u8, crate::Text<'a>)], code: u8) -> Option<crate::Text<'a>> {
    fields.iter().find(|(c, _)| *c == code).map(|(_, value)| *value)
}
