//! Pull and push: layers between an engine and a registry, told layer by layer.

use bytes::Bytes;
use hyper::{Method, Request};

use super::super::wire::{chunks, escape};
use super::progress::{Transfer, messages};
use super::{Engine, EngineError, credentials, named, tagged};
use crate::image::Reference;
use crate::world::Step;

impl Engine {
    /// Fetches an image. `platform` like `linux/arm64`.
    pub async fn pull(
        &self,
        reference: &str,
        platform: Option<&str>,
        watch: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<String, EngineError> {
        // Without a tag engines fetch every tag that there is.
        let reference = named(reference)?.tagged();
        let version = match (&reference.digest, &reference.tag) {
            (Some(digest), _) => digest.as_str(),
            (None, tag) => tag.as_deref().unwrap_or_default(),
        };
        let mut path =
            format!("/images/create?fromImage={}&tag={}", escape(&reference.repository), escape(version));
        if let Some(platform) = platform {
            path = format!("{path}&platform={}", escape(platform));
        }
        let mut transfer = Transfer::new(format!("asking for {reference}"), watch);
        self.follow(&path, &reference, &mut transfer).await?;
        let sum = transfer.sum();
        Ok(match (transfer.up_to_date, sum.is_empty()) {
            (true, _) => format!("{reference} is up to date"),
            (false, true) => format!("pulled {reference}"),
            (false, false) => format!("pulled {reference}, {sum}"),
        })
    }

    /// Sends an image to the registry that its name says.
    pub async fn push(
        &self,
        reference: &str,
        watch: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<String, EngineError> {
        let reference = tagged(reference)?;
        let tag = reference.tag.as_deref().unwrap_or_default();
        let path = format!("/images/{}/push?tag={}", escape(&reference.repository), escape(tag));
        let mut transfer = Transfer::new(format!("sending {reference}"), watch);
        self.follow(&path, &reference, &mut transfer).await?;
        let parts = [transfer.sum(), transfer.digest.clone().unwrap_or_default()];
        let parts = parts.into_iter().filter(|part| !part.is_empty()).map(|part| format!(", {part}"));
        Ok(format!("pushed {reference}{}", parts.collect::<String>()))
    }

    /// Asks, with what logs in to the registry, and follows what is told. It has no limit in time; dropping it lets
    /// the engine stop.
    async fn follow(
        &self,
        path: &str,
        reference: &Reference,
        transfer: &mut Transfer<'_>,
    ) -> Result<(), EngineError> {
        let credentials = credentials::find(reference.host()).await?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            // Engines refuse a push without the header, even where nobody has to log in.
            .header("x-registry-auth", credentials)
            .body(bollard::body_full(Bytes::new()))
            .map_err(|error| EngineError::broken("name the request", error))?;
        let body = chunks(self.wire.call(request).await?.into_body());
        let ended = messages(body, &mut |message| transfer.take(&message)).await;
        transfer.tell();
        ended
    }
}
