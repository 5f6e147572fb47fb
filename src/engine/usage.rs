//! What takes room in an engine, and its networks. The first is the one question that may keep an engine busy for minutes, so it is asked once at a
//! time, and whoever asks meanwhile gets the same answer.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::{bytes, flag, full_id, moment, words};
use super::containers::below_bytes;
use super::{Engine, EngineError};
use crate::image::{ImageStore, json};
use crate::world::{CacheRecord, Network, Usage, Volume};

/// How long the engine may reckon.
const PATIENCE: Duration = Duration::from_secs(600);
/// Engines refuse while they reckon for somebody else; how often to ask again, and after how long.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);
/// How Docker marks a volume that nobody named.
const ANONYMOUS: &str = "com.docker.volume.anonymous";
const BUSY: &str = "already running";
/// Since this version the answer has another form, and tells single objects only when asked to.
const VERBOSE_SINCE: (u32, u32) = (1, 52);
/// Since this version one can ask about one kind of objects alone.
const KINDS_SINCE: (u32, u32) = (1, 42);

/// The last answer, and when it came.
pub(super) type Reckoned = tokio::sync::Mutex<Option<(Instant, Usage)>>;

impl Engine {
    /// Bytes of images, containers, volumes and the build cache, as the engine reckons them.
    pub async fn usage(&self) -> Result<Usage, EngineError> {
        let asked = Instant::now();
        let mut last = self.reckoned.lock().await;
        if let Some((at, usage)) = &*last
            && *at > asked
        {
            return Ok(usage.clone());
        }
        let verbose = if self.speaks(VERBOSE_SINCE) { "?verbose=1" } else { "" };
        let path = format!("/system/df{verbose}");
        let mut tries = 1;
        let answer = loop {
            match self.wire.json_within(&path, PATIENCE).await {
                Err(EngineError::Refused { message, .. }) if message.contains(BUSY) && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                answer => break answer?,
            }
        };
        let usage = self.read(&answer);
        *last = Some((Instant::now(), usage.clone()));
        Ok(usage)
    }

    /// The records of the build cache, by the cheapest question that the engine understands.
    pub async fn build_cache(&self) -> Result<Vec<CacheRecord>, EngineError> {
        if !self.speaks(KINDS_SINCE) {
            return Ok(self.usage().await?.cache);
        }
        let verbose = if self.speaks(VERBOSE_SINCE) { "&verbose=1" } else { "" };
        let answer =
            self.wire.json_within(&format!("/system/df?type=build-cache{verbose}"), PATIENCE).await?;
        Ok(self.read(&answer).cache)
    }

    fn read(&self, answer: &Value) -> Usage {
        let mut usage = read(answer);
        // The containerd store keeps what a build stood on apart from what it made. Elsewhere the layers that a build
        // began with count nothing, even when no image holds them any more.
        let apart = self.about.store == ImageStore::Blobs;
        usage.cache.iter_mut().for_each(|record| record.more = apart || record.is_base() && !record.shared);
        usage
    }

    /// All networks, the built-in ones too.
    pub async fn networks(&self) -> Result<Vec<Network>, EngineError> {
        let answer: Value = self.wire.json("/networks").await?;
        let mut networks: Vec<Network> = answer.as_array().into_iter().flatten().map(network).collect();
        networks.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
        Ok(networks)
    }
}

fn network(row: &Value) -> Network {
    Network {
        id: words(row, "Id"),
        name: words(row, "Name"),
        driver: words(row, "Driver"),
        labels: json::pairs(row, "Labels").into_iter().collect(),
        created: moment(row, "Created"),
        swarm: words(row, "Scope") == "swarm",
    }
}

fn read(answer: &Value) -> Usage {
    let mut cache: Vec<CacheRecord> =
        items(answer, "BuildCacheUsage", "BuildCache").iter().map(cache_record).collect();
    // Engines tell all of these in another order each time.
    let mut volumes: Vec<Volume> = items(answer, "VolumeUsage", "Volumes").iter().map(volume).collect();
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    cache.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
    let images = items(answer, "ImageUsage", "Images").iter();
    let containers = items(answer, "ContainerUsage", "Containers").iter();
    let layers = json::get(answer, "ImageUsage")
        .map_or_else(|| json::number(answer, "LayersSize"), |usage| json::number(usage, "TotalSize"));
    Usage {
        layers: layers.filter(|bytes| *bytes > 0),
        shared: images
            .filter_map(|row| Some((full_id(&words(row, "Id")), json::number(row, "SharedSize")?)))
            .collect(),
        // Engines leave out what is nothing.
        below: containers.clone().filter_map(|row| Some((words(row, "Id"), below_bytes(row)?))).collect(),
        writable: containers.map(|row| (words(row, "Id"), bytes(row, "SizeRw"))).collect(),
        volumes,
        cache,
    }
}

/// The objects of one kind, by the newer form of the answer or the older one.
fn items<'a>(answer: &'a Value, newer: &str, older: &str) -> &'a [Value] {
    match json::get(answer, newer) {
        Some(usage) => json::items(usage, "Items"),
        None => json::items(answer, older),
    }
}

fn volume(row: &Value) -> Volume {
    let usage = json::get(row, "UsageData");
    let number = |key| usage.and_then(|usage| json::number(usage, key));
    Volume {
        name: words(row, "Name"),
        labels: json::pairs(row, "Labels").into_iter().collect(),
        bytes: number("Size"),
        users: number("RefCount"),
        created: moment(row, "CreatedAt"),
        // Docker before 23 and Podman do not mark them; both name them by 64 digits.
        anonymous: json::pairs(row, "Labels").iter().any(|(key, _)| key == ANONYMOUS)
            || words(row, "Name").len() == 64
                && words(row, "Name").bytes().all(|byte| byte.is_ascii_hexdigit()),
    }
}

fn cache_record(row: &Value) -> CacheRecord {
    // Docker before 29 writes the name of this field with a space before it, and Docker before 23 in the singular.
    let parents = [" Parents", "Parents", "Parent"].map(|key| json::texts(row, key));
    CacheRecord {
        id: words(row, "ID"),
        parents: parents.concat().into_iter().filter(|id| !id.is_empty()).collect(),
        kind: words(row, "Type"),
        description: words(row, "Description"),
        in_use: flag(row, "InUse"),
        shared: flag(row, "Shared"),
        bytes: bytes(row, "Size"),
        more: false,
        created: moment(row, "CreatedAt"),
        last_used: moment(row, "LastUsedAt"),
        uses: bytes(row, "UsageCount"),
    }
}
