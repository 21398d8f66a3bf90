//! Who a caller is: 256 bits made from the issuer and the subject of a token.

use std::fmt;

/// An identity, its most significant byte first, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub [u8; 32]);

impl Identity {
    /// The identity of `subject` as `issuer` knows it: `c2 00`, four bytes of checksum, 26 bytes of hash
    /// (SpacetimeDB, crates/lib/src/identity.rs).
    pub fn from_claims(issuer: &str, subject: &str) -> Self {
        let hash = blake3::hash(format!("{issuer}|{subject}").as_bytes());
        let mut summed = [0; 28];
        summed[0] = 0xc2;
        summed[2..].copy_from_slice(&hash.as_bytes()[..26]);
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&summed[..2]);
        bytes[2..6].copy_from_slice(&blake3::hash(&summed).as_bytes()[..4]);
        bytes[6..].copy_from_slice(&summed[2..]);
        Self(bytes)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `validate_checksum` of the product's own tests.
    fn checksum_holds(identity: &Identity) -> bool {
        let mut summed = vec![0xc2, 0x00];
        summed.extend_from_slice(&identity.0[6..]);
        blake3::hash(&summed).as_bytes()[..4] == identity.0[2..6]
    }

    #[test]
    fn begins_with_c200_and_a_checksum() {
        let identity = Identity::from_claims("https://pgconform.invalid", "owner");
        assert!(identity.to_string().starts_with("c200"));
        assert_eq!(identity.to_string().len(), 64);
        assert!(checksum_holds(&identity));
        assert_ne!(identity, Identity::from_claims("https://pgconform.invalid", "another"));
    }

    /// The identity in the document's example was made by the real product.
    #[test]
    fn the_checksum_is_the_products() {
        let document = super::super::fixtures::DOCUMENT_SENDER;
        assert_eq!(document.to_string(), "c200da2d6ddb6c0beef0bbaafacffe5f0649c86b8d19411e3219066a6d0e5123");
        assert!(checksum_holds(&document));
    }
}
