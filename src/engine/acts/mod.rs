//! What is done to an engine's objects. Each act answers with one line for a person; why something was not done is
//! told in the engine's own words.
//!
//! Acts that move files of this machine begin here as streams of bytes and end in [`crate::jobs`].

mod credentials;
mod files;
mod images;
mod progress;
mod stores;
mod transfer;
mod trial;

use std::time::Duration;

use bollard::models::ContainerConfig;
use bollard::query_parameters::{
    CommitContainerOptionsBuilder, KillContainerOptionsBuilder, RemoveContainerOptionsBuilder,
    RenameContainerOptionsBuilder, RestartContainerOptions,
};
use hyper::Method;
use serde::Deserialize;

pub(super) use files::export_path;
pub use files::{Bytes, PathStat};

use super::wire::escape;
use super::{Engine, EngineError};
use crate::image::Reference;

/// What stops, restarts, commits or removes may take as long as it takes: some containers have hours to end, and
/// large images take minutes to write.
const UNLIMITED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What an inspection of a container says that matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Known {
    name: Option<String>,
}

impl Engine {
    /// Starts a container; one that runs already is fine too.
    pub async fn start(&self, id: &str) -> Result<String, EngineError> {
        let name = self.name_of(id).await?;
        let done = self.turn(id, "start").await?;
        Ok(if done { format!("started {name}") } else { format!("{name} is running already") })
    }

    /// Stops a container: its own stop signal, then a kill when its own patience is over. Waits as long as it takes.
    pub async fn stop(&self, id: &str) -> Result<String, EngineError> {
        let name = self.name_of(id).await?;
        let done = self.turn(id, "stop").await?;
        Ok(if done { format!("stopped {name}") } else { format!("{name} is stopped already") })
    }

    pub async fn restart(&self, id: &str) -> Result<String, EngineError> {
        let name = self.name_of(id).await?;
        let done = self.patient().restart_container(id, None::<RestartContainerOptions>).await;
        done.map_err(|error| gone(error.into(), &name))?;
        Ok(format!("restarted {name}"))
    }

    pub async fn pause(&self, id: &str) -> Result<String, EngineError> {
        let name = self.name_of(id).await?;
        self.docker.pause_container(id).await.map_err(|error| gone(error.into(), &name))?;
        Ok(format!("paused {name}"))
    }

    pub async fn unpause(&self, id: &str) -> Result<String, EngineError> {
        let name = self.name_of(id).await?;
        self.docker.unpause_container(id).await.map_err(|error| gone(error.into(), &name))?;
        Ok(format!("{name} goes on"))
    }

    /// Sends a signal, like `SIGTERM`.
    pub async fn kill(&self, id: &str, signal: &str) -> Result<String, EngineError> {
        let name = self.name_of(id).await?;
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        self.docker.kill_container(id, Some(options)).await.map_err(|error| gone(error.into(), &name))?;
        Ok(format!("sent {signal} to {name}"))
    }

    pub async fn rename(&self, id: &str, new: &str) -> Result<String, EngineError> {
        if !is_name(new) {
            let why = "a name is made of letters, digits, `_`, `.` and `-`, begins with a letter or a digit and \
                has at least two of them";
            return Err(EngineError::Local {
                what: format!("{new:?} cannot name a container"),
                why: why.into(),
            });
        }
        let name = self.name_of(id).await?;
        let options = RenameContainerOptionsBuilder::new().name(new).build();
        self.docker.rename_container(id, options).await.map_err(|error| gone(error.into(), &name))?;
        Ok(format!("{name} is now {new}"))
    }

    /// Makes an image of a container as it is; engines hold its processes still meanwhile.
    pub async fn commit(&self, id: &str, reference: &str) -> Result<String, EngineError> {
        let reference = tagged(reference)?;
        let name = self.name_of(id).await?;
        let options = CommitContainerOptionsBuilder::new()
            .container(id)
            .repo(&reference.repository)
            .tag(reference.tag.as_deref().unwrap_or_default())
            .pause(true)
            .build();
        let made = self.patient().commit_container(options, ContainerConfig::default()).await;
        let made = made.map_err(|error| gone(error.into(), &name))?;
        Ok(format!("committed {name} as {reference}, {}", short(&made.id)))
    }

    /// Removes a container; its volumes stay. One that is gone already is fine too.
    pub async fn remove_container(&self, id: &str, force: bool) -> Result<String, EngineError> {
        let name = match self.name_of(id).await {
            Err(EngineError::Refused { status: 404, .. }) => {
                return Ok(format!("{} is already gone", short(id)));
            }
            name => name?,
        };
        let options = RemoveContainerOptionsBuilder::new().force(force).v(false).build();
        match self.patient().remove_container(id, Some(options)).await.map_err(EngineError::from) {
            Ok(()) => Ok(format!("removed {name}")),
            Err(error) if error.is_missing() => Ok(format!("{name} is already gone")),
            Err(error) => Err(error),
        }
    }

    /// bollard without its limit on the time until an answer begins.
    fn patient(&self) -> bollard::Docker {
        self.docker.clone().with_timeout(UNLIMITED)
    }

    /// Starts or stops; `false` when it was so already, which bollard cannot tell.
    async fn turn(&self, id: &str, verb: &str) -> Result<bool, EngineError> {
        let path = format!("/containers/{}/{verb}", escape(id));
        let answer = self.wire.send(Method::POST, &path, None, None).await;
        Ok(answer.map_err(|error| gone(error, id))?.status() != 304)
    }

    /// What people call a container. Also keeps whatever is no id and no name out of requests.
    async fn name_of(&self, id: &str) -> Result<String, EngineError> {
        if !is_name(id) {
            let why = "neither an id nor a name".to_owned();
            return Err(EngineError::Local { what: format!("{id:?} is no container"), why });
        }
        let known: Known = self
            .wire
            .json(&format!("/containers/{}/json", escape(id)))
            .await
            .map_err(|error| gone(error, id))?;
        let name = known.name.unwrap_or_default();
        let name = name.trim_start_matches('/');
        Ok(if name.is_empty() { short(id).to_owned() } else { name.to_owned() })
    }
}

/// Says of an object that is not there any more that it is gone. Other things may be missing too: networks, files.
fn gone(error: EngineError, name: &str) -> EngineError {
    match error {
        EngineError::Refused { status: 404, message }
            if message.to_ascii_lowercase().contains("no such container")
                || message.to_ascii_lowercase().contains("no container with") =>
        {
            let message = format!("{} is already gone: {message}", short(name));
            EngineError::Refused { status: 404, message }
        }
        error => error,
    }
}

/// The grammar of container names, which ids follow too.
fn is_name(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// A well-formed name with a tag, which a new name must be.
fn tagged(text: &str) -> Result<Reference, EngineError> {
    let reference = named(text)?;
    if reference.digest.is_some() {
        let why = "a digest follows from the contents; give a tag instead".to_owned();
        return Err(EngineError::Local { what: format!("{text} cannot be given as a name"), why });
    }
    Ok(reference.tagged())
}

/// A well-formed name.
pub(super) fn named(text: &str) -> Result<Reference, EngineError> {
    let why = "expected a name like debian:12 or host:5000/team/app:1, in small letters".to_owned();
    Reference::parse(text)
        .ok_or_else(|| EngineError::Local { what: format!("{text:?} is no name of an image"), why })
}

/// An id as engines print it; names stay as they are.
fn short(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) { &hex[..12] } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_containers() {
        for (text, good) in [
            ("web", true),
            ("Web_1.x-y", true),
            ("4f", true),
            ("a", false),
            ("", false),
            ("-a", false),
            ("a/b", false),
            ("a b", false),
            ("a?force=1", false),
            ("../x", false),
            ("w\u{e9}b", false),
        ] {
            assert_eq!(is_name(text), good, "{text:?}");
        }
    }

    #[test]
    fn ids_are_shortened_and_names_are_not() {
        let hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        assert_eq!(short(hex), "0123456789ab");
        assert_eq!(short(&format!("sha256:{hex}")), "0123456789ab");
        assert_eq!(short("a-name-that-is-long"), "a-name-that-is-long");
    }

    #[test]
    fn only_a_missing_container_is_gone() {
        let refused = |message: &str| EngineError::Refused { status: 404, message: message.to_owned() };
        let text = |message| gone(refused(message), "web").to_string();
        assert_eq!(text("No such container: web"), "web is already gone: No such container: web");
        assert_eq!(text("network x not found"), "network x not found");
    }
}
