//! What containers use, as a stream for each: Docker tells every second, Podman every few.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt as _};

use super::wire::escape;
use super::{Engine, EngineError};
use crate::container::stats::{Allowance, Sample, Usage};
use crate::image::json;

/// The most that one sample may weigh, in bytes.
const LARGEST: usize = 4 << 20;

/// Samples of one container, as they come.
struct Samples {
    pieces: Pin<Box<dyn Stream<Item = Result<Bytes, EngineError>> + Send>>,
    text: Vec<u8>,
    over: bool,
    before: Option<Sample>,
    allowance: Allowance,
}

impl Engine {
    /// What a container uses, as often as the engine tells. Ends when the container does.
    pub async fn stats(
        &self,
        id: &str,
    ) -> Result<impl Stream<Item = Result<Usage, EngineError>> + Send + Unpin + use<>, EngineError> {
        let inspected = self.inspect_container(id).await?;
        let limit = |key| json::get(&inspected, "HostConfig")?.get(key)?.as_i64();
        let [cpus, quota, period, memory] =
            ["NanoCpus", "CpuQuota", "CpuPeriod", "Memory"].map(|key| limit(key).unwrap_or(0));
        let pieces = self.wire.stream(&format!("/containers/{}/stats?stream=1", escape(id))).await?;
        let samples = Samples {
            pieces: Box::pin(pieces),
            text: Vec::new(),
            over: false,
            before: None,
            allowance: Allowance::new(cpus, quota, period, memory),
        };
        Ok(Box::pin(unfold(samples, |mut samples| async {
            let usage = samples.next().await?;
            samples.over |= usage.is_err();
            Some((usage, samples))
        })))
    }
}

impl Samples {
    async fn next(&mut self) -> Option<Result<Usage, EngineError>> {
        let broken = |why: &str| Some(Err(EngineError::broken("understand what the container uses", why)));
        loop {
            if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let (now, told_before) = match Sample::parse(&line) {
                    Ok(sample) => sample,
                    Err(error) => return broken(&error.to_string()),
                };
                if !now.is_alive() {
                    return None;
                }
                let before = self.before.take().or(told_before);
                let usage = Usage::between(before.as_ref(), &now, &self.allowance);
                self.before = Some(now);
                return Some(Ok(usage));
            }
            if self.over {
                return None;
            }
            match self.pieces.next().await {
                Some(Ok(piece)) => self.text.extend_from_slice(&piece),
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    self.over = true;
                    self.text.push(b'\n');
                }
            }
            if self.text.len() > LARGEST {
                return broken("one answer is larger than 4 MB");
            }
        }
    }
}
