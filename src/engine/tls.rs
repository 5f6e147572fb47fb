//! TLS to an engine: whom to believe, who this side is, and why a handshake failed.
//!
//! The cryptography is named wherever it is used, so that no default of the process matters.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage,
    RootCertStore, SignatureScheme,
};

use super::TlsFiles;

/// Reads the files and makes of them what a handshake needs. An error is one line that names the file.
pub(super) fn config(files: &TlsFiles) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous();
    let builder = if files.skip_verify {
        builder.with_custom_certificate_verifier(Arc::new(Anyone(provider)))
    } else {
        let roots = Arc::new(roots(files.ca.as_deref())?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider).build();
        builder.with_custom_certificate_verifier(verifier.map_err(|error| error.to_string())?)
    };
    let Some((certificate, key)) = &files.identity else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| match error {
        pem::Error::NoItemsFound => format!("no private key without a password is in {}", key.display()),
        error => unreadable(key, &error),
    })?;
    builder.with_client_auth_cert(chain, secret).map_err(|error| {
        format!("{} and {} do not make an identity: {error}", certificate.display(), key.display())
    })
}

/// The authorities to believe: those of the file, else those of the system, as many as can be read.
fn roots(ca: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(ca) = ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(
                "this system has no certificate authorities; give ca.pem by DOCKER_CERT_PATH".to_owned()
            );
        }
        return Ok(roots);
    };
    let (usable, _) = roots.add_parsable_certificates(certificates(ca)?);
    if usable == 0 {
        return Err(format!("no usable certificate is in {}", ca.display()));
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match found {
        Ok(found) if found.is_empty() => Err(format!("no certificate is in {}", path.display())),
        Ok(found) => Ok(found),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => format!("cannot read {}: {error}", path.display()),
        error => format!("cannot read {}: {error}", path.display()),
    }
}

/// The handshake.
pub(super) async fn shake(
    stream: TcpStream,
    host: &str,
    config: Arc<ClientConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    // The zone of an address is for this machine; certificates do not know it.
    let host = host.split_once('%').map_or(host, |(host, _)| host).to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    TlsConnector::from(config).connect(name, stream).await
}

/// Why TLS did not come about, and what to do.
pub(super) fn explain(error: &Error, files: &TlsFiles) -> String {
    use AlertDescription as Alert;
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => match &files.ca {
            Some(ca) => format!(
                "its certificate is not signed by the authority in {}; take the ca.pem of this engine",
                ca.display()
            ),
            None => "its certificate is signed by nobody this system trusts; put the engine's ca.pem into a \
                     folder and name that in DOCKER_CERT_PATH"
                .to_owned(),
        },
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!("its certificate is for another name; use a name that it has ({error})"),
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired; the engine needs a new one".to_owned()
        }
        Error::InvalidCertificate(why) => format!("its certificate is not acceptable: {why}"),
        Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnknownCA
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::DecryptError
            | Alert::HandshakeFailure,
        ) => not_accepted(files),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => no_tls().to_owned(),
        error => format!("TLS failed: {error}"),
    }
}

/// What is likely when an engine hangs up in the handshake, too.
pub(super) fn no_tls() -> &'static str {
    "it does not speak TLS there; use http://, or unset DOCKER_TLS_VERIFY and DOCKER_TLS"
}

/// What is likely when an engine hangs up right after the handshake, too.
pub(super) fn not_accepted(files: &TlsFiles) -> String {
    match &files.identity {
        Some((certificate, _)) => {
            format!(
                "it does not accept the certificate in {}; take the one made for it",
                certificate.display()
            )
        }
        None => "it wants a client certificate; put cert.pem and key.pem into a folder and name that in \
                 DOCKER_CERT_PATH"
            .to_owned(),
    }
}

/// Believes every certificate, but not a peer that does not have its key.
struct Anyone(Arc<CryptoProvider>);

impl fmt::Debug for Anyone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Anyone")
    }
}

impl ServerCertVerifier for Anyone {
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
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
