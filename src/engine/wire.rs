//! HTTP to an engine: one pool of connections, beneath bollard and for the requests that it has no words for.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use bollard::BollardRequest;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http_body_util::{BodyExt as _, BodyStream, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::LOCATION;
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use super::dial::Dialer;
use super::error::{EngineError, root};
use super::{Endpoint, NEWEST, PATIENCE, hint};

/// The most that one answer may weigh which is read as a whole, in bytes.
const LARGEST: usize = 256 << 20;
/// Connections that wait for the next request, and how long. Those through ssh are dear.
const IDLE: usize = 4;
const IDLE_FOR: Duration = Duration::from_secs(30);
const IDLE_FOR_SSH: Duration = Duration::from_secs(600);
/// How long a connection may take to come back into the pool after its last answer was read.
const COMING_BACK: Duration = Duration::from_millis(5);

/// The type of body that bollard's requests have, which it does not name.
pub(super) trait HasBody {
    type Body;
}
impl<B> HasBody for Request<B> {
    type Body = B;
}
pub(super) type Body = <BollardRequest as HasBody>::Body;

/// See the module. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client<Dialer, Body>,
    endpoint: Endpoint,
    /// What stands before every path.
    prefix: String,
    /// `1.41`, once it is agreed on. An engine that is replaced by another version changes it.
    version: RwLock<Option<String>>,
}

/// A request that failed, and whether it is worth sending again.
struct Failure {
    error: EngineError,
    again: Again,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    /// The connection ended before an answer came: the engine may have been restarted since the last one.
    HungUp,
    /// The engine wants another version of the API, and did nothing.
    OtherVersion,
}

impl Wire {
    pub(super) fn new(endpoint: &Endpoint) -> Wire {
        let idle = if matches!(endpoint, Endpoint::Ssh(_)) { IDLE_FOR_SSH } else { IDLE_FOR };
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(IDLE)
            .pool_idle_timeout(idle)
            .build(Dialer::new(endpoint.clone()));
        let prefix = match endpoint {
            Endpoint::Tcp { prefix, .. } => prefix.clone(),
            _ => String::new(),
        };
        Wire(Arc::new(Inner { client, endpoint: endpoint.clone(), prefix, version: RwLock::default() }))
    }

    /// Another pool of connections to the same place, speaking the same version.
    pub(super) fn apart(&self) -> Wire {
        let apart = Wire::new(&self.0.endpoint);
        if let Some(version) = self.version() {
            apart.speak(&version);
        }
        apart
    }

    /// From now on requests say which version of the API they mean.
    pub(super) fn speak(&self, version: impl AsRef<str>) {
        if let Ok(mut spoken) = self.0.version.write() {
            *spoken = Some(version.as_ref().to_owned());
        }
    }

    /// The version that was agreed on.
    pub(super) fn version(&self) -> Option<String> {
        self.0.version.read().ok()?.clone()
    }

    /// Sends a request as it is, but for the version and the prefix of its path. Waits for the headers without end.
    /// What only asks is asked again when a connection turns out to be dead, and anything whose version of the API is
    /// refused is said again in the one that the engine wants.
    pub(super) async fn pass(&self, request: BollardRequest) -> Result<Response<Incoming>, EngineError> {
        let (head, body) = request.into_parts();
        let copy = body.is_end_stream().then(|| head.clone());
        let failure = match self.attempt(Request::from_parts(head, body)).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        match copy {
            Some(head)
                if failure.again == Again::OtherVersion
                    || failure.again == Again::HungUp && head.method.is_safe() =>
            {
                let again = Request::from_parts(head, bollard::body_full(Bytes::new()));
                self.attempt(again).await.map_err(|failure| failure.error)
            }
            _ => Err(failure.error),
        }
    }

    async fn attempt(&self, mut request: BollardRequest) -> Result<Response<Incoming>, Failure> {
        let spoken = self.version();
        let version = spoken.as_ref().map(|version| format!("/v{version}")).unwrap_or_default();
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("http://localhost{}{version}{path}", self.0.prefix).parse::<Uri>();
        *request.uri_mut() = uri.map_err(|error| Failure {
            error: EngineError::broken("name the request", error),
            again: Again::No,
        })?;
        if matches!(self.0.endpoint, Endpoint::Ssh(_)) {
            // Rather than that the pool starts another ssh in the meantime.
            tokio::time::sleep(COMING_BACK).await;
        }
        let answer = self.0.client.request(request).await.map_err(|error| Failure {
            again: if hint::hung_up(&error) && !error.is_connect() { Again::HungUp } else { Again::No },
            error: self.unreachable(hint::why(&self.0.endpoint, &error)),
        })?;
        if answer.status() != StatusCode::BAD_REQUEST {
            return Ok(answer);
        }
        let error = refusal(answer).await;
        let EngineError::Refused { message, .. } = &error else {
            return Err(Failure { error, again: Again::No });
        };
        if message.contains("HTTP request to an HTTPS server") {
            let error = self.unreachable(format!("it wants TLS; {}", hint::use_tls()));
            return Err(Failure { error, again: Again::No });
        }
        let again = match wanted(message).filter(|wanted| spoken.is_some() && spoken.as_ref() != Some(wanted))
        {
            Some(wanted) => {
                self.speak(wanted);
                Again::OtherVersion
            }
            None => Again::No,
        };
        Err(Failure { error, again })
    }

    /// A request of our own; an answer that is no success becomes the error that it is. `patience` is how long the
    /// headers may take, without end when there is none.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
        patience: Option<Duration>,
    ) -> Result<Response<Incoming>, EngineError> {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(bollard::body_full(Bytes::from(body)));
        let request = request.map_err(|error| EngineError::broken("name the request", error))?;
        match patience {
            Some(patience) => tokio::time::timeout(patience, self.call(request))
                .await
                .map_err(|_| EngineError::Timeout { seconds: patience.as_secs() })?,
            None => self.call(request).await,
        }
    }

    /// A request with headers and a body of its own; waits for the answer without end. An answer that is no success
    /// becomes the error that it is.
    pub(super) async fn call(&self, request: BollardRequest) -> Result<Response<Incoming>, EngineError> {
        checked(self.pass(request).await?).await
    }

    /// The whole answer. `patience` is for its headers, and again for the rest.
    async fn get(&self, path: &str, patience: Duration) -> Result<Bytes, EngineError> {
        let answer = self.send(Method::GET, path, None, Some(patience)).await?;
        let read = tokio::time::timeout(patience, whole(answer.into_body())).await;
        read.map_err(|_| EngineError::Timeout { seconds: patience.as_secs() })?
    }

    /// The whole answer, understood as JSON. An empty answer is how some engines say that they cannot.
    pub(super) async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, EngineError> {
        self.json_within(path, PATIENCE).await
    }

    /// [`Wire::json`] of what may take the engine longer.
    pub(super) async fn json_within<T: DeserializeOwned>(
        &self,
        path: &str,
        patience: Duration,
    ) -> Result<T, EngineError> {
        let bytes = self.get(path, patience).await?;
        let what = || path.split('?').next().unwrap_or(path);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(EngineError::Unsupported { what: format!("answer {}", what()) });
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| EngineError::broken(format!("understand {}", what()), error))
    }

    /// An answer that goes on.
    pub(super) async fn stream(
        &self,
        path: &str,
    ) -> Result<impl Stream<Item = Result<Bytes, EngineError>> + Send + Unpin + use<>, EngineError> {
        Ok(chunks(self.send(Method::GET, path, None, None).await?.into_body()))
    }

    /// A request after whose answer bytes go both ways.
    pub(super) async fn upgrade(
        &self,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Result<Upgraded, EngineError> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header("connection", "Upgrade")
            .header("upgrade", "tcp")
            .body(bollard::body_full(Bytes::from(body)));
        let request = request.map_err(|error| EngineError::broken("name the request", error))?;
        let answer = tokio::time::timeout(PATIENCE, self.call(request)).await;
        let answer = answer.map_err(|_| EngineError::Timeout { seconds: PATIENCE.as_secs() })??;
        let broken =
            |error: hyper::Error| EngineError::broken("open a stream into the container", root(&error));
        hyper::upgrade::on(answer).await.map_err(broken)
    }

    fn unreachable(&self, why: String) -> EngineError {
        EngineError::Unreachable { url: self.0.endpoint.to_string(), why }
    }
}

/// The data of a body, chunk by chunk.
pub(super) fn chunks(body: Incoming) -> impl Stream<Item = Result<Bytes, EngineError>> + Send + Unpin {
    Box::pin(BodyStream::new(body).filter_map(|frame| async {
        match frame {
            Ok(frame) => frame.into_data().ok().map(Ok),
            Err(error) => Some(Err(EngineError::broken("read the engine's answer to its end", root(&error)))),
        }
    }))
}

/// An answer, understood as JSON.
pub(super) async fn understood<T: DeserializeOwned>(
    answer: Response<Incoming>,
    what: &str,
) -> Result<T, EngineError> {
    let bytes = whole(answer.into_body()).await?;
    serde_json::from_slice(&bytes).map_err(|error| EngineError::broken(what, error))
}

async fn whole(body: Incoming) -> Result<Bytes, EngineError> {
    let collected = Limited::new(body, LARGEST).collect().await;
    let collected =
        collected.map_err(|error| EngineError::broken("read the engine's answer", root(&*error)))?;
    Ok(collected.to_bytes())
}

async fn checked(answer: Response<Incoming>) -> Result<Response<Incoming>, EngineError> {
    let status = answer.status();
    if status.is_success() || status.is_informational() || status == StatusCode::NOT_MODIFIED {
        return Ok(answer);
    }
    Err(refusal(answer).await)
}

/// An error's body holds the engine's own words, in a field of their own or as they are.
async fn refusal(answer: Response<Incoming>) -> EngineError {
    let status = answer.status();
    let elsewhere = answer.headers().get(LOCATION).and_then(|place| place.to_str().ok()).map(str::to_owned);
    let body = tokio::time::timeout(PATIENCE, whole(answer.into_body())).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let text = match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(value) => value["message"].as_str().or(value["cause"].as_str()).unwrap_or_default().to_owned(),
        Err(_) => String::from_utf8_lossy(&body).trim().to_owned(),
    };
    let message = match elsewhere {
        Some(place) if status.is_redirection() => {
            format!("the engine answered {status} and points to {place}")
        }
        _ if text.is_empty() => format!("the engine answered {status}"),
        _ => text,
    };
    EngineError::Refused { status: status.as_u16(), message }
}

/// The version that an engine asks for when it refuses ours: `client version 1.41 is too old. Minimum supported API
/// version is 1.44, please upgrade …`. `None` when that is not what it says, or newer than what is spoken here.
fn wanted(message: &str) -> Option<String> {
    if !message.contains("client version") {
        return None;
    }
    let rest = message.split("API version is ").nth(1)?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let version = rest[..end].trim_end_matches('.');
    let (major, minor) = version.split_once('.')?;
    let number = (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?);
    (number <= NEWEST).then(|| version.to_owned())
}

/// A part of a path, or a value of a query, with everything escaped that has a meaning there.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            escaped.push(byte.into());
        } else {
            escaped.push('%');
            for digit in [byte >> 4, byte & 15] {
                escaped.push(char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
