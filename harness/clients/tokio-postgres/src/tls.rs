//! How tokio-postgres-rustls is set up: to verify, or, as SpacetimeDB's document shows it, not to.

use std::sync::Arc;

use pgconform_client_contract::{Connect, Reply, Verify};
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, Error, RootCertStore, SignatureScheme};

/// The configuration for these fields. Without `sslrootcert` nobody is trusted: the machine's own certificates are
/// none of a test's business.
pub(crate) fn config(connect: &Connect) -> Result<ClientConfig, Reply> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &connect.sslrootcert {
        let unusable = |why: String| Reply::broken(format!("sslrootcert {path}: {why}"));
        let certificates =
            CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
    }
    // The provider is named, and not the process's default as in the document, so that another crate's choice of one
    // cannot turn this into a panic.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let failed = |error: Error| Reply::failed(error.to_string());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_root_certificates(roots);
    let mut config = match (&connect.sslcert, &connect.sslkey) {
        (Some(certificate), Some(key)) => {
            let unusable = |error: pem::Error| Reply::broken(format!("{certificate}, {key}: {error}"));
            let certificate = CertificateDer::from_pem_file(certificate).map_err(unusable)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(unusable)?;
            config.with_client_auth_cert(vec![certificate], key).map_err(failed)?
        }
        (None, None) => config.with_no_client_auth(),
        _ => return Err(Reply::broken("sslcert and sslkey go together")),
    };
    if connect.verify == Some(Verify::None) {
        config.dangerous().set_certificate_verifier(Arc::new(NoVerifier));
    }
    if connect.sslnegotiation.as_deref() == Some("direct") {
        // Direct TLS is only accepted with the protocol named in it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

/// The verifier of SpacetimeDB's document, as it stands there.
#[derive(Debug)]
struct NoVerifier;

impl ServerCertVerifier for NoVerifier {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::ED25519,
        ]
    }
}
