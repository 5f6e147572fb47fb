//! Archives that engines give and take, as streams of bytes: images saved and loaded, paths of containers.

use std::io;

use base64::Engine as _;
use futures_util::Stream;
use hyper::{Method, Request};
use serde::Deserialize;

use super::super::wire::{chunks, escape};
use super::progress::messages;
use super::{Engine, EngineError, named};
use crate::world::Step;

pub use bytes::Bytes;

/// A path in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PathStat {
    pub name: String,
    /// Bytes of a file; of a folder what its file system says, which is not what is in it.
    pub size: u64,
    /// Go's bits of a mode, which tell types of files in their own way.
    pub(in crate::engine) mode: u32,
    pub(in crate::engine) mtime: String,
    #[serde(rename = "linkTarget")]
    pub link_target: String,
}

impl PathStat {
    pub fn is_folder(&self) -> bool {
        self.mode & (1 << 31) != 0
    }

    pub fn is_link(&self) -> bool {
        self.mode & (1 << 27) != 0
    }
}

/// What is asked for to get the archive of images.
pub(in crate::engine) fn export_path(images: &[String]) -> Result<String, EngineError> {
    let mut names = Vec::new();
    for image in images {
        // Without a tag engines take every tag of the repository.
        let bare = image.strip_prefix("sha256:").unwrap_or(image);
        let is_id = bare.len() >= 12 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let reference = named(image)?;
        let name = if is_id { reference.to_string() } else { reference.tagged().to_string() };
        names.push(format!("names={}", escape(&name)));
    }
    Ok(format!("/images/get?{}", names.join("&")))
}

impl Engine {
    /// The archive of images, as `save` writes it. Engines prepare all of it before the first byte comes, and stop
    /// when the stream is dropped. By id an image comes without names, by `name:tag` with that one.
    pub async fn export(
        &self,
        images: &[String],
    ) -> Result<impl Stream<Item = Result<Bytes, EngineError>> + Send + Unpin + use<>, EngineError> {
        self.wire.stream(&export_path(images)?).await
    }

    /// Gives an engine an archive of images; the answer names what it loaded.
    pub async fn load(
        &self,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        watch: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<Vec<String>, EngineError> {
        let answer = self.give(Method::POST, "/images/load?quiet=0", archive).await?;
        let mut loaded = Vec::new();
        let mut take = |message: super::progress::Message| {
            for line in message.stream.as_deref().unwrap_or_default().lines() {
                let name = ["Loaded image: ", "Loaded image ID: ", "Loaded image(s): "]
                    .into_iter()
                    .find_map(|start| line.strip_prefix(start));
                loaded.extend(
                    name.into_iter().flat_map(|names| names.split(',')).map(|name| name.trim().to_owned()),
                );
            }
            if let Some(status) = message.status {
                watch(Step { text: status, ..Step::default() });
            }
        };
        messages(answer, &mut take).await?;
        loaded.truncate(1000);
        Ok(loaded)
    }

    /// What a path of a container is. Works on containers that do not run, too.
    pub async fn stat(&self, id: &str, path: &str) -> Result<PathStat, EngineError> {
        let request = format!("/containers/{}/archive?path={}", escape(id), escape(path));
        let answer = self.wire.send(Method::HEAD, &request, None, Some(super::super::PATIENCE)).await;
        let answer = answer.map_err(|error| match error {
            // Answers to HEAD have no words of their own.
            EngineError::Refused { status: 404, .. } => {
                EngineError::Refused { status: 404, message: format!("the container has no {path}") }
            }
            error => error,
        })?;
        let wrong = |why: &str| EngineError::broken(format!("learn what {path} is"), why);
        let header = answer.headers().get("x-docker-container-path-stat");
        let header = header.ok_or_else(|| wrong("the engine does not say"))?;
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(header).map_err(|_| wrong("odd answer"))?;
        serde_json::from_slice(&bytes).map_err(|_| wrong("odd answer"))
    }

    /// A path of a container as a tar.
    pub async fn copy_out(
        &self,
        id: &str,
        path: &str,
    ) -> Result<impl Stream<Item = Result<Bytes, EngineError>> + Send + Unpin + use<>, EngineError> {
        self.wire.stream(&format!("/containers/{}/archive?path={}", escape(id), escape(path))).await
    }

    /// A tar into a folder of a container. A file never takes the place of a folder, or the other way round.
    pub async fn copy_in(
        &self,
        id: &str,
        path: &str,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), EngineError> {
        let path = format!("/containers/{}/archive?path={}&noOverwriteDirNonDir=1", escape(id), escape(path));
        let answer = self.give(Method::PUT, &path, archive).await?;
        messages(answer, &mut |_| {}).await
    }

    async fn give(
        &self,
        method: Method,
        path: &str,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<impl Stream<Item = Result<Bytes, EngineError>> + Unpin, EngineError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/x-tar")
            .body(bollard::body_try_stream(archive))
            .map_err(|error| EngineError::broken("name the request", error))?;
        Ok(chunks(self.wire.call(request).await?.into_body()))
    }
}
