//! The numbers of schemas, tables and constraints: hashes of their names, so that they are the same everywhere.

/// The number of a schema.
pub(super) fn schema(name: &str) -> i32 {
    hash(&["SCHEMA", name])
}

/// The number of a table.
pub(super) fn table(schema: &str, name: &str) -> i32 {
    hash(&["TABLE", schema, ".", name])
}

/// The number of a constraint of a table; `kind` is its name in SQL.
pub(super) fn constraint(schema: &str, table: &str, name: &str, kind: &str) -> i32 {
    hash(&["CONSTRAINT", schema, ".", table, name, kind])
}

/// MurmurHash3 of 32 bits, of these pieces as one.
fn hash(pieces: &[&str]) -> i32 {
    let text = pieces.concat();
    let (words, rest) = text.as_bytes().as_chunks::<4>();
    let scrambled = |word: u32| word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut state = 0u32;
    for word in words {
        state ^= scrambled(u32::from_le_bytes(*word));
        state = state.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    state ^= scrambled(u32::from_le_bytes(last));
    state ^= u32::try_from(text.len()).unwrap_or(u32::MAX);
    state = (state ^ (state >> 16)).wrapping_mul(0x85eb_ca6b);
    state = (state ^ (state >> 13)).wrapping_mul(0xc2b2_ae35);
    (state ^ (state >> 16)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As CrateDB 3.3.6 tells them.
    #[test]
    fn numbers_are_those_of_crate() {
        assert_eq!(schema("doc"), -2_048_275_947);
        assert_eq!(schema("pg_catalog"), -68_025_646);
        assert_eq!(schema("information_schema"), 204_690_627);
        assert_eq!(schema("sys"), -458_336_339);
        assert_eq!(schema("blob"), -508_866_815);
        assert_eq!(table("doc", "t1"), 728_874_843);
        assert_eq!(table("sys", "nodes"), -1_420_189_195);
        assert_eq!(table("information_schema", "tables"), -1_689_918_046);
        assert_eq!(constraint("doc", "t1", "t1_pk", "PRIMARY KEY"), -874_078_436);
    }
}
