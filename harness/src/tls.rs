//! TLS as our own client speaks it.

use crate::case::Tls;
use ring::digest;
use std::fmt;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    self, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion,
};
use x509_cert::der::Decode;

/// The certificates that a client can present, by name, with their keys, which are public. The server under test trusts
/// `client-authority.pem` beside them. `client` is `pgconform_cert`, `client-other` is `somebody_else`, `client-untrusted`
/// says that it is `pgconform_cert` and nobody signed that.
pub const CERTIFICATES: &[(&str, &str, &str)] = &[
    (
        "client",
        include_str!("../../reference-server/fixtures/tls/client.pem"),
        include_str!("../../reference-server/fixtures/tls/client.public-key.pem"),
    ),
    (
        "client-other",
        include_str!("../../reference-server/fixtures/tls/client-other.pem"),
        include_str!("../../reference-server/fixtures/tls/client-other.public-key.pem"),
    ),
    (
        "client-untrusted",
        include_str!("../../reference-server/fixtures/tls/client-untrusted.pem"),
        include_str!("../../reference-server/fixtures/tls/client-untrusted.public-key.pem"),
    ),
];

/// The TLS version that no server should accept any more. The TLS library cannot speak it either.
pub const TOO_OLD: &str = "1.1";

/// The type of a TLS record that carries a handshake.
pub(crate) const HANDSHAKE: u8 = 0x16;

/// The type of a TLS record that carries an alert.
pub(crate) const ALERT: u8 = 0x15;

/// A ClientHello that offers TLS 1.1 and nothing newer.
pub(crate) const OLD_CLIENT_HELLO: &[u8] = b"\x16\x03\x01\x00\x37\x01\x00\x00\x33\x03\x02\
    pgconform offers TLS 1.1 no more\x00\x00\x0c\xc0\x09\xc0\x0a\xc0\x13\xc0\x14\x00\x2f\x00\x35\x01\x00";

/// Why no handshake can be tried.
#[derive(Debug)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

/// A connector for this step that trusts `authority` (PEM). Without one it takes any certificate: what is judged is the
/// protocol, and the traffic is between a test and its server.
pub fn connector(authority: Option<&str>, step: &Tls) -> Result<TlsConnector, TlsError> {
    let provider = Arc::new(default_provider());
    let versions: &[&SupportedProtocolVersion] = match step.version.as_deref() {
        None => &[&TLS13, &TLS12],
        Some("1.2") => &[&TLS12],
        Some("1.3") => &[&TLS13],
        Some(other) => return Err(TlsError(format!("no TLS version `{other}`: one of 1.2, 1.3"))),
    };
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .map_err(|error| TlsError(error.to_string()))?;
    let builder = match authority {
        Some(pem) => builder.with_root_certificates(roots(pem)?),
        None => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
    };
    let presented = step.certificate.as_deref().map(|name| {
        let found = CERTIFICATES.iter().find(|known| known.0 == name);
        found.ok_or_else(|| TlsError(format!("no client certificate `{name}`")))
    });
    let mut config = match presented.transpose()? {
        None => builder.with_no_client_auth(),
        Some((_, certificate, key)) => {
            let no_pem = |error| TlsError(format!("not a PEM file: {error}"));
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(no_pem)?;
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(no_pem)?;
            let config = builder.with_client_auth_cert(vec![certificate], key);
            config.map_err(|error| TlsError(error.to_string()))?
        }
    };
    config.alpn_protocols = step.alpn.iter().map(|alpn| alpn.as_bytes().to_vec()).collect();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// What SCRAM binds to over a channel whose server has this certificate: RFC 5929, section 4.1. Ed25519 has nothing.
pub(crate) fn end_point(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let signed = x509_cert::Certificate::from_der(certificate).ok()?.signature_algorithm.oid.to_string();
    let hash = match signed.as_str() {
        // ECDSA and RSA with SHA-384 and SHA-512.
        "1.2.840.10045.4.3.3" | "1.2.840.113549.1.1.12" => &digest::SHA384,
        "1.2.840.10045.4.3.4" | "1.2.840.113549.1.1.13" => &digest::SHA512,
        // The same with SHA-256; with SHA-1 and MD5, which are replaced by it.
        "1.2.840.10045.4.3.2"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.4" => &digest::SHA256,
        _ => return None,
    };
    Some(digest::digest(hash, certificate).as_ref().to_vec())
}

fn roots(pem: &str) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| TlsError(format!("not a PEM certificate: {error}")))?;
        roots.add(certificate).map_err(|error| TlsError(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(TlsError("no PEM certificate in it".to_owned()));
    }
    Ok(roots)
}

/// Takes any certificate, and still checks that the server holds its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
