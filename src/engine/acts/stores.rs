//! What an engine keeps beside images and containers: networks, volumes, the build cache. Never by force.

use hyper::Method;
use serde_json::{Value, json};

use super::short;
use crate::engine::wire::{escape, understood};
use crate::engine::{Engine, EngineError};
use crate::image::json;

impl Engine {
    /// Removes a network that no container uses.
    pub async fn remove_network(&self, id: &str) -> Result<String, EngineError> {
        self.remove_store(&format!("/networks/{}", escape(id)), "network", short(id)).await
    }

    /// Removes a volume that no container mounts, with everything in it.
    pub async fn remove_volume(&self, name: &str) -> Result<String, EngineError> {
        self.remove_store(&format!("/volumes/{}", escape(name)), "volume", name).await
    }

    async fn remove_store(&self, path: &str, kind: &str, name: &str) -> Result<String, EngineError> {
        match self.wire.send(Method::DELETE, path, None, None).await {
            Ok(_) => Ok(format!("removed {kind} {name}")),
            Err(error) if error.is_missing() => Ok(format!("{kind} {name} is already gone")),
            Err(error) => Err(error),
        }
    }

    /// Removes one record of the build cache. Engines keep what a build uses, and what other records stand on.
    pub async fn remove_cache(&self, id: &str) -> Result<String, EngineError> {
        let filters = json!({ "id": [id] }).to_string();
        let path = format!("/build/prune?all=true&filters={}", escape(&filters));
        let answer = self.wire.send(Method::POST, &path, None, None).await?;
        let answer: Value = understood(answer, "remove from the build cache").await?;
        match json::items(&answer, "CachesDeleted").len() {
            0 => Ok(format!("cache record {} is already gone", short(id))),
            _ => Ok(format!("removed cache record {}", short(id))),
        }
    }
}
