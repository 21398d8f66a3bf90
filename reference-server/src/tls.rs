//! TLS for the reference server: a throw-away authority and a certificate signed by it, versions 1.2 and 1.3; where the
//! profile asks for client certificates, those of the public fixture authority are accepted, and none as well.

use crate::session::{ClientCertificate, Handshake};
use pgconform_wire::profile::Certificate;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ED25519,
};
use ring::digest;
use std::fmt;
use std::io::{self, Cursor};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, Chain, Join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;

/// Public: rcgen cannot make RSA keys with ring.
const RSA_CERTIFICATE: &str = include_str!("../fixtures/tls/server-rsa.pem");
const RSA_KEY: &str = include_str!("../fixtures/tls/server-rsa.public-key.pem");

/// Who signs the certificates of clients. Its key is public.
const CLIENT_AUTHORITY: &str = include_str!("../fixtures/tls/client-authority.pem");

/// The ALPN protocol.
const ALPN: &[u8] = b"postgresql";

/// The attribute of a name that is its common name.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// What SCRAM binds to is a hash of the certificate: by the algorithm of its signature, or SHA-256 where that one is weak
/// (RFC 5929, section 4.1). Ed25519 has none.
const END_POINT_HASHES: &[(&str, &digest::Algorithm)] = &[
    ("1.2.840.10045.4.1", &digest::SHA256),
    ("1.2.840.10045.4.3.2", &digest::SHA256),
    ("1.2.840.10045.4.3.3", &digest::SHA384),
    ("1.2.840.10045.4.3.4", &digest::SHA512),
    ("1.2.840.113549.1.1.4", &digest::SHA256),
    ("1.2.840.113549.1.1.5", &digest::SHA256),
    ("1.2.840.113549.1.1.11", &digest::SHA256),
    ("1.2.840.113549.1.1.12", &digest::SHA384),
    ("1.2.840.113549.1.1.13", &digest::SHA512),
];

/// A connection of which the beginning was read already.
type Begun = Join<Chain<Cursor<Vec<u8>>, OwnedReadHalf>, OwnedWriteHalf>;

/// What a server needs for TLS, and what its clients need to trust it.
#[derive(Clone)]
pub struct Tls {
    /// Accepts handshakes.
    acceptor: TlsAcceptor,
    /// What SCRAM binds to, where it can.
    end_point: Option<Vec<u8>>,
    /// The authority's certificate, PEM.
    pub authority: String,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// What a server's TLS is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsKind {
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether clients are asked for theirs. They may do without.
    pub verifies_clients: bool,
}

/// Why no certificate could be made.
#[derive(Debug)]
pub enum TlsError {
    /// Making keys and certificates failed.
    Certificate(rcgen::Error),
    /// The TLS library does not take them.
    Config(rustls::Error),
    /// A fixture is no PEM file.
    Fixture(pem::Error),
    /// The clients' authority is none.
    Clients(VerifierBuilderError),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => write!(f, "no certificate: {error}"),
            Self::Config(error) => write!(f, "no TLS: {error}"),
            Self::Fixture(error) => write!(f, "no PEM: {error}"),
            Self::Clients(error) => write!(f, "no client certificates: {error}"),
        }
    }
}

impl std::error::Error for TlsError {}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error)
    }
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Config(error)
    }
}

impl From<pem::Error> for TlsError {
    fn from(error: pem::Error) -> Self {
        Self::Fixture(error)
    }
}

impl From<VerifierBuilderError> for TlsError {
    fn from(error: VerifierBuilderError) -> Self {
        Self::Clients(error)
    }
}

impl Tls {
    /// TLS of this kind, for `localhost`, `127.0.0.1` and `::1`; with a fresh key, unless that is RSA.
    pub fn fresh(kind: TlsKind) -> Result<Self, TlsError> {
        let (certificate, key, authority) = match kind.certificate {
            Certificate::EcdsaP256 => made(&PKCS_ECDSA_P256_SHA256)?,
            Certificate::Ed25519 => made(&PKCS_ED25519)?,
            Certificate::Rsa => {
                let certificate = CertificateDer::from_pem_slice(RSA_CERTIFICATE.as_bytes())?;
                let key = PrivateKeyDer::from_pem_slice(RSA_KEY.as_bytes())?;
                (certificate, key, RSA_CERTIFICATE.to_owned())
            }
        };
        let end_point = end_point(&certificate);
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&TLS13, &TLS12])?;
        let builder = if kind.verifies_clients {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(CLIENT_AUTHORITY.as_bytes())?)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build()?)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(vec![certificate], key)?;
        // A client that offers protocols, this one not among them, is talking to the wrong server: refused in the
        // handshake. One that offers none is served, if it has asked for TLS before.
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), end_point, authority })
    }

    /// Accepts a handshake, of which `begun` has come already.
    pub(crate) async fn accept(
        &self,
        begun: Vec<u8>,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<Begun>, Handshake)> {
        let (read, write) = stream.into_split();
        let stream = tokio::io::join(Cursor::new(begun).chain(read), write);
        let stream = self.acceptor.accept(stream).await?;
        let connection = stream.get_ref().1;
        let client = connection.peer_certificates().and_then(<[_]>::first);
        let handshake = Handshake {
            alpn: connection.alpn_protocol() == Some(ALPN),
            end_point: self.end_point.clone(),
            client: client.map(|client| ClientCertificate { common_name: common_name(client) }),
        };
        Ok((stream, handshake))
    }
}

/// A fresh authority, and a key and certificate signed by it.
fn made(
    algorithm: &'static rcgen::SignatureAlgorithm,
) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>, String), TlsError> {
    let mut issuer = CertificateParams::default();
    issuer.distinguished_name.push(DnType::CommonName, "pgconform throw-away authority");
    issuer.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    issuer.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = CertifiedIssuer::self_signed(issuer, KeyPair::generate_for(algorithm)?)?;

    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate_for(algorithm)?;
    let certificate = params.signed_by(&key, &issuer)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()), issuer.pem()))
}

/// The binding `tls-server-end-point` of a certificate.
fn end_point(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let algorithm = x509_cert::Certificate::from_der(certificate).ok()?.signature_algorithm.oid.to_string();
    let (_, hash) = END_POINT_HASHES.iter().find(|(oid, _)| *oid == algorithm)?;
    Some(digest::digest(hash, certificate).as_ref().to_vec())
}

/// The common name of a certificate's subject.
fn common_name(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
    let mut attributes = certificate.tbs_certificate.subject.0.iter().flat_map(|set| set.0.iter());
    let name = attributes.find(|attribute| attribute.oid == COMMON_NAME)?;
    String::from_utf8(name.value.value().to_vec()).ok()
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn every_kind_can_be_made() {
        for (certificate, bindable) in
            [(Certificate::EcdsaP256, true), (Certificate::Ed25519, false), (Certificate::Rsa, true)]
        {
            let tls = Tls::fresh(TlsKind { certificate, verifies_clients: true }).unwrap();
            assert_eq!(tls.end_point.is_some(), bindable, "{certificate:?}");
        }
    }

    #[test]
    fn a_client_is_its_common_name() {
        for (pem, name) in [
            (include_str!("../fixtures/tls/client.pem"), Some("pgconform_cert")),
            (include_str!("../fixtures/tls/client-other.pem"), Some("somebody_else")),
            (RSA_CERTIFICATE, Some("localhost")),
        ] {
            let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            assert_eq!(common_name(&certificate).as_deref(), name);
        }
    }
}
