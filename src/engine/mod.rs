//! Engines: Docker, Podman and what speaks their language. The only place that names bollard.
//!
//! bollard makes the calls it makes well; its requests travel over our own `wire`, which says the version of the
//! API, reaches engines over whatever leads to them, and takes the requests that bollard has no words for.

mod acts;
mod answer;
mod containers;
mod context;
mod describe;
mod dial;
mod discover;
mod endpoint;
mod error;
mod events;
mod folders;
mod hint;
mod images;
mod inside;
mod logs;
mod machine;
mod peek;
#[cfg(unix)]
mod pour;
mod session;
mod sockets;
mod ssh;
mod stats;
mod surroundings;
mod tls;
mod usage;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

pub use acts::{Bytes, PathStat};
pub use describe::{Described, has_image};
pub use discover::{Place, candidates, find, places};
pub use endpoint::{Endpoint, SshHost, TlsFiles};
pub use error::EngineError;
pub use events::Recent;
pub use images::mark_intermediate;
pub use inside::{Processes, Writable};
pub use logs::{LogFeed, LogNews};
pub use machine::Machine;
pub use peek::Peek;
#[cfg(unix)]
pub use pour::{Pour, is_silence};
pub use session::{Control, Session};
pub use surroundings::Surroundings;
use wire::Wire;

use crate::image::ImageStore;
use crate::world::{About, Kind};

/// How long an engine may take to answer what is answered at once, and how long one may take to say that it is there,
/// where ssh leads to it, too.
const PATIENCE: Duration = Duration::from_secs(60);
const GREETING: Duration = Duration::from_secs(10);
const GREETING_FAR: Duration = Duration::from_secs(60);

/// The newest version of the API that is spoken here, and the oldest that is worth trying.
const NEWEST: (u32, u32) = (1, 53);

/// How an engine says that containerd keeps its images.
const DRIVER: &str = "driver-type";
const SNAPSHOTTER: &str = "io.containerd.snapshotter.v1";

/// A connected engine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    endpoint: Endpoint,
    docker: bollard::Docker,
    wire: Wire,
    about: Arc<About>,
    reckoned: Arc<usage::Reckoned>,
}

/// What `/version` says, as far as it matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[allow(clippy::struct_field_names, reason = "the engine's own names")]
struct Version {
    #[serde(rename = "Version")]
    engine: String,
    #[serde(rename = "ApiVersion")]
    newest: String,
    #[serde(rename = "MinAPIVersion")]
    oldest: String,
    os: String,
    arch: String,
    components: Option<Vec<Component>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Component {
    name: String,
}

/// What `/info` says, as far as it matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Info {
    driver: String,
    cgroup_version: String,
    warnings: Option<Vec<String>>,
    driver_status: Option<Vec<Vec<String>>>,
}

impl Info {
    fn store(&self, kind: Kind) -> ImageStore {
        let is_snapshotter =
            |pair: &Vec<String>| matches!(&pair[..], [key, value] if key == DRIVER && value == SNAPSHOTTER);
        match kind {
            Kind::Podman => ImageStore::Documents,
            _ if self.driver_status.iter().flatten().any(is_snapshotter) => ImageStore::Blobs,
            _ => ImageStore::Layers,
        }
    }
}

impl Engine {
    /// Asks the engine who it is, and agrees with it on a version of the API. `found_by` is how its place was found.
    pub async fn connect(endpoint: &Endpoint, found_by: &str) -> Result<Engine, EngineError> {
        let wire = Wire::new(endpoint);
        let greeting = async {
            let version: Version = wire.json("/version").await.map_err(|error| stranger(endpoint, error))?;
            if version.newest.is_empty() {
                let error = EngineError::broken("understand /version", "it names no version of the API");
                return Err(stranger(endpoint, error));
            }
            wire.speak(agreed(&version.newest, &version.oldest)?);
            // What it says beyond that is worth knowing, but an engine that does not say it is one too.
            let info: Info = wire.json("/info").await.unwrap_or_default();
            Ok::<_, EngineError>((version, info))
        };
        let patience = if matches!(endpoint, Endpoint::Ssh(_)) { GREETING_FAR } else { GREETING };
        let greeting = tokio::time::timeout(patience, greeting).await;
        let (version, info) =
            greeting.map_err(|_| EngineError::Timeout { seconds: patience.as_secs() })??;
        let kind = kind(&version);
        let about = About {
            kind,
            store: info.store(kind),
            version: version.engine,
            api: wire.version().unwrap_or_default(),
            platform: format!("{}/{}", version.os, version.arch),
            url: endpoint.to_string(),
            found_by: found_by.to_owned(),
            storage: info.driver,
            cgroup: info.cgroup_version,
            warnings: info.warnings.unwrap_or_default(),
        };
        Ok(Engine {
            endpoint: endpoint.clone(),
            docker: client(&wire)?,
            wire,
            about: Arc::new(about),
            reckoned: Arc::default(),
        })
    }

    /// The same engine over connections of its own: those of one runtime are of no use in another, and what moves
    /// an image must not keep small questions waiting.
    pub fn apart(&self) -> Result<Engine, EngineError> {
        let wire = self.wire.apart();
        Ok(Engine { docker: client(&wire)?, wire, ..self.clone() })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub fn about(&self) -> &About {
        &self.about
    }

    /// The same engine, asked anew who it is: it may have been replaced by a newer one meanwhile.
    pub async fn again(&self) -> Result<Engine, EngineError> {
        Engine::connect(&self.endpoint, &self.about.found_by).await
    }

    /// Asks for a sign of life.
    pub async fn ping(&self, patience: Duration) -> Result<(), EngineError> {
        self.wire.send(hyper::Method::GET, "/_ping", None, Some(patience)).await.map(drop)
    }

    /// Whether the version of the API that was agreed on is at least this one.
    fn speaks(&self, version: (u32, u32)) -> bool {
        number(&self.about.api).is_some_and(|spoken| spoken >= version)
    }
}

/// bollard, with our wire beneath it.
fn client(wire: &Wire) -> Result<bollard::Docker, EngineError> {
    let wire = wire.clone();
    let transport = move |request| {
        let wire = wire.clone();
        async move { wire.pass(request).await.map_err(|error| std::io::Error::other(error).into()) }
    };
    let (version, seconds) = (bollard::API_DEFAULT_VERSION, PATIENCE.as_secs());
    Ok(bollard::Docker::connect_with_custom_transport(transport, Some("http://localhost"), seconds, version)?)
}

/// Something answered that does not know what every engine knows.
fn stranger(endpoint: &Endpoint, error: EngineError) -> EngineError {
    let foreign = match &error {
        EngineError::Broken { .. } | EngineError::Unsupported { .. } => true,
        EngineError::Refused { status, .. } => matches!(status, 300..400 | 404 | 405),
        _ => false,
    };
    if !foreign {
        return error;
    }
    let why = format!("what answers there is no container engine: {error}");
    EngineError::Unreachable { url: endpoint.to_string(), why }
}

fn kind(version: &Version) -> Kind {
    let name = version.components.iter().flatten().next().map_or("", |component| component.name.as_str());
    match name {
        "Engine" | "Docker Engine" => Kind::Docker,
        name if name.starts_with("Podman") => Kind::Podman,
        _ => Kind::Other,
    }
}

/// The newest version that both sides speak. Engines refuse what is above or below their range.
fn agreed(newest: &str, oldest: &str) -> Result<String, EngineError> {
    let wrong = |why: String| EngineError::broken("agree with the engine on a version of its API", why);
    let newest = number(newest).ok_or_else(|| wrong(format!("it says {newest:?}")))?;
    let oldest = number(oldest).unwrap_or((1, 0));
    if oldest > NEWEST {
        return Err(wrong(format!("it wants at least {}.{}; a newer hadal is needed", oldest.0, oldest.1)));
    }
    let (major, minor) = newest.min(NEWEST).max(oldest);
    Ok(format!("{major}.{minor}"))
}

/// `1.41` as it compares.
fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_agreed_on_within_what_both_sides_speak() {
        for (newest, oldest, expected) in [
            ("1.41", "1.12", Some("1.41")),
            ("1.60", "1.44", Some("1.53")),
            ("1.41", "", Some("1.41")),
            ("1.60", "1.54", None),
            ("", "", None),
            ("2.0", "1.40", Some("1.53")),
        ] {
            assert_eq!(agreed(newest, oldest).ok().as_deref(), expected, "{newest} {oldest}");
        }
    }
}
