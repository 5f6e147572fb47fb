//! The machine that an engine runs on, and the networks it has, as far as the engine tells.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::{moment, words};
use super::{Endpoint, Engine, EngineError};
use crate::image::json;

/// What `/info` says of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// As the kernel says it: `x86_64`.
    pub architecture: String,
    pub kernel: String,
    pub system: String,
    /// Bytes.
    pub memory: Option<u64>,
    /// The engine's own clock.
    pub time: Option<Timestamp>,
}

impl Engine {
    pub async fn machine(&self) -> Result<Machine, EngineError> {
        let info: Value = self.wire.json("/info").await?;
        Ok(Machine {
            architecture: words(&info, "Architecture"),
            kernel: words(&info, "KernelVersion"),
            system: words(&info, "OperatingSystem"),
            memory: json::number(&info, "MemTotal").filter(|bytes| *bytes > 0),
            time: moment(&info, "SystemTime"),
        })
    }

    /// Whether it listens on a socket of this machine. It may still run in a virtual one.
    pub fn is_near(&self) -> bool {
        matches!(self.endpoint(), Endpoint::Unix(_))
    }
}
