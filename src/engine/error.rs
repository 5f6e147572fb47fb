//! Why an engine did not do what it was asked.

use std::io;

/// One line each: what was tried, what went wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The place was named in a way nobody understands.
    #[error("{url} names no engine: {why}")]
    Url { url: String, why: String },
    /// Nothing answers there.
    #[error("cannot reach the engine at {url}: {why}")]
    Unreachable { url: String, why: String },
    /// It answered, and said no. The words are its own.
    #[error("{message}")]
    Refused { status: u16, message: String },
    /// It does not know what was asked for.
    #[error("this engine cannot {what}")]
    Unsupported { what: String },
    /// What it answered makes no sense, or stops in the middle.
    #[error("cannot {what}: {why}")]
    Broken { what: String, why: String },
    #[error("the engine did not answer within {seconds} s")]
    Timeout { seconds: u64 },
    /// Nothing in a container that a person could type into.
    #[error(
        "there is no shell in this container, as in images built from scratch or distroless ones; look at its files \
         or copy them out, or start an image with a shell beside it: docker run -it --pid container:ID busybox"
    )]
    NoShell,
    /// It is not what it was when its removal was planned.
    #[error("{what} was not removed: {why}")]
    Changed { what: String, why: String },
    /// A file or a stream on this side.
    #[error("{what}: {why}")]
    Local { what: String, why: String },
}

impl EngineError {
    /// Whether the object that was asked for is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, EngineError::Refused { status: 404, .. })
    }

    /// Whether asking again may help: the engine is away, not unwilling.
    pub fn is_away(&self) -> bool {
        matches!(
            self,
            EngineError::Unreachable { .. } | EngineError::Timeout { .. } | EngineError::Broken { .. }
        )
    }

    pub(crate) fn broken(what: impl Into<String>, why: impl std::fmt::Display) -> EngineError {
        EngineError::Broken { what: what.into(), why: format!("{why}") }
    }
}

/// The innermost reason of an error: outer ones of HTTP libraries say "error" in many words.
pub(super) fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// The input or output error at the bottom of an error.
pub(super) fn io_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    let mut found = None;
    while let Some(error) = next {
        found = error.downcast_ref().or(found);
        next = error.source();
    }
    found
}

/// bollard's errors in our words.
impl From<bollard::errors::Error> for EngineError {
    fn from(error: bollard::errors::Error) -> EngineError {
        use bollard::errors::Error;
        match error {
            Error::DockerResponseServerError { status_code, message } => {
                EngineError::Refused { status: status_code, message }
            }
            // Errors of our own transport come back in this wrapping.
            Error::IOError { err } => match err.downcast::<EngineError>() {
                Ok(ours) => ours,
                Err(err) => EngineError::broken("talk to the engine", err),
            },
            Error::RequestTimeoutError => EngineError::Timeout { seconds: super::PATIENCE.as_secs() },
            Error::JsonDataError { message, .. } => {
                EngineError::broken("understand the engine's answer", message)
            }
            error => EngineError::broken("talk to the engine", root(&error)),
        }
    }
}
