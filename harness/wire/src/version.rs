//! Protocol versions: the major number in the upper 16 bits, the minor in the lower.

/// The version `major.minor` as the protocol's Int32.
pub const fn version(major: u16, minor: u16) -> u32 {
    (major as u32) << 16 | minor as u32
}

/// The major number.
pub const fn major(version: u32) -> u16 {
    (version >> 16) as u16
}

/// The minor number.
pub const fn minor(version: u32) -> u16 {
    #[allow(clippy::cast_possible_truncation, reason = "the lower half is the minor number")]
    {
        version as u16
    }
}

/// Protocol 3.0, PostgreSQL 7.4 and later.
pub const V3_0: u32 = version(3, 0);
/// Protocol 3.2, PostgreSQL 18 and later. There is no 3.1: it is reserved, old proxies used it by mistake.
pub const V3_2: u32 = version(3, 2);

/// `3.0` for 196608.
pub fn name(version: u32) -> String {
    format!("{}.{}", major(version), minor(version))
}

/// 196608 for `3.0`.
pub fn parse(name: &str) -> Option<u32> {
    let (major, minor) = name.split_once('.')?;
    Some(version(major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod test {
    #[test]
    fn names() {
        assert_eq!(super::V3_0, 196_608);
        assert_eq!(super::name(196_610), "3.2");
        assert_eq!(super::parse("3.9999"), Some(0x0003_270f));
        assert_eq!(super::parse("3"), None);
    }
}
