//! What engines tell while they pull, push and load: JSON, a line each, with errors in between although the answer
//! began with success.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use serde::Deserialize;

use super::EngineError;
use crate::world::{Part, Step};

/// A line longer than this is no message, in bytes.
const LONGEST: usize = 1 << 20;
/// Layers that are kept track of; images have fewer.
const MAX_PARTS: usize = 1000;
/// Watchers are told this often.
const EVERY: Duration = Duration::from_millis(50);

/// One line. Absent and odd fields count as empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Message {
    pub status: Option<String>,
    pub id: Option<String>,
    progress_detail: Option<Detail>,
    error: Option<String>,
    error_detail: Option<ErrorDetail>,
    /// What a load says.
    pub stream: Option<String>,
    pub aux: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Detail {
    current: Option<f64>,
    total: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorDetail {
    message: Option<String>,
}

impl Message {
    /// The engine's words, where it gave up.
    fn fault(&self) -> Option<&str> {
        let detail = self.error_detail.as_ref().and_then(|detail| detail.message.as_deref());
        detail.or(self.error.as_deref()).filter(|text| !text.is_empty())
    }

    fn bytes(&self) -> (u64, u64) {
        let number = |number: Option<f64>| number.filter(|number| *number > 0.0).unwrap_or(0.0) as u64;
        let detail = self.progress_detail.as_ref();
        (number(detail.and_then(|detail| detail.current)), number(detail.and_then(|detail| detail.total)))
    }
}

/// Hands each message to `take`, to the end of the stream. An error among them is the result.
pub(super) async fn messages(
    mut body: impl Stream<Item = Result<Bytes, EngineError>> + Unpin,
    take: &mut (dyn FnMut(Message) + Send),
) -> Result<(), EngineError> {
    let mut line = Vec::new();
    let mut fault: Option<String> = None;
    let mut end = |line: &[u8]| {
        // What cannot be understood is no reason to give up something that goes on.
        let Ok(message) = serde_json::from_slice::<Message>(line) else { return };
        if let Some(text) = message.fault() {
            fault.get_or_insert_with(|| text.to_owned());
        } else {
            take(message);
        }
    };
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            if line.len() + part.len() > LONGEST {
                return Err(EngineError::broken("follow the engine's messages", "one of them has no end"));
            }
            line.extend_from_slice(part);
            if parts.peek().is_some() {
                end(&line);
                line.clear();
            }
        }
    }
    end(&line);
    match fault {
        Some(message) => Err(EngineError::Refused { status: 200, message }),
        None => Ok(()),
    }
}

/// A pull or push as it goes on.
pub(super) struct Transfer<'a> {
    step: Step,
    layers: Vec<Layer>,
    index: HashMap<String, usize>,
    watch: &'a (dyn Fn(Step) + Send + Sync),
    told: Option<Instant>,
    /// Everything that was said without naming a layer, as far as a line wants to know it.
    pub digest: Option<String>,
    pub up_to_date: bool,
}

/// What became of a layer.
#[derive(Clone, Copy, Debug, Default)]
struct Layer {
    moved: u64,
    size: u64,
    /// `None` until it is told.
    new: Option<bool>,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(text: String, watch: &'a (dyn Fn(Step) + Send + Sync)) -> Transfer<'a> {
        let step = Step { text, ..Step::default() };
        watch(step.clone());
        Transfer {
            step,
            layers: Vec::new(),
            index: HashMap::new(),
            watch,
            told: None,
            digest: None,
            up_to_date: false,
        }
    }

    pub(super) fn take(&mut self, message: &Message) {
        let status = message.status.as_deref().unwrap_or_default().trim();
        if let Some(digest) = message.aux.as_ref().and_then(|aux| aux["Digest"].as_str()) {
            self.digest = Some(digest.to_owned());
        }
        if let Some(digest) = status.strip_prefix("Digest: ") {
            self.digest = Some(digest.to_owned());
        }
        self.up_to_date |= status.starts_with("Status: Image is up to date");
        match message.id.as_deref() {
            // The id is the tag there.
            Some(_) if status.starts_with("Pulling from") => status.clone_into(&mut self.step.text),
            Some(id) if !id.is_empty() && !status.is_empty() => self.layer(id, status, message.bytes()),
            _ if !status.is_empty() => status.clone_into(&mut self.step.text),
            _ => return,
        }
        if self.told.is_none_or(|told| told.elapsed() >= EVERY) {
            self.tell();
        }
    }

    fn layer(&mut self, id: &str, status: &str, (done, total): (u64, u64)) {
        let next = self.layers.len();
        let at = match self.index.get(id) {
            Some(at) => *at,
            None if next == MAX_PARTS => return,
            None => {
                self.index.insert(id.to_owned(), next);
                self.layers.push(Layer::default());
                self.step.parts.push(Part { id: id.to_owned(), ..Part::default() });
                next
            }
        };
        let (layer, part) = (&mut self.layers[at], &mut self.step.parts[at]);
        status.clone_into(&mut part.status);
        (part.done, part.total) = (done, total);
        let lower = status.to_ascii_lowercase();
        let moves = ["downloading", "pushing", "copying"].iter().any(|word| lower.starts_with(word));
        if moves {
            // Engines may send more than they announced.
            (layer.moved, layer.size) = (done, layer.size.max(total).max(done));
        }
        let arrived = ["download complete", "pull complete", "verifying", "extracting", "pushed"];
        if arrived.iter().any(|word| lower.starts_with(word)) {
            layer.moved = layer.size.max(layer.moved);
            layer.new = Some(true);
        }
        if lower.contains("already exists") || lower.starts_with("mounted from") {
            layer.new = Some(false);
        }
        let sum = |bytes: fn(&Layer) -> u64| self.layers.iter().map(bytes).fold(0, u64::saturating_add);
        (self.step.done, self.step.total) = (sum(|layer| layer.moved), sum(|layer| layer.size));
    }

    pub(super) fn tell(&mut self) {
        (self.watch)(self.step.clone());
        self.told = Some(Instant::now());
    }

    /// `3 of 5 layers new, 48 MB`; empty when the engine told nothing about layers.
    pub(super) fn sum(&self) -> String {
        let known = self.layers.iter().filter(|layer| layer.new.is_some()).count();
        let new: Vec<&Layer> = self.layers.iter().filter(|layer| layer.new == Some(true)).collect();
        let bytes = new.iter().map(|layer| layer.size).fold(0, u64::saturating_add);
        let new = new.len();
        match (known, bytes) {
            (0, _) => String::new(),
            (known, 0) => format!("{new} of {known} layers new"),
            (known, bytes) => format!("{new} of {known} layers new, {}", crate::image::size::human(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    async fn run(
        chunks: &[&[u8]],
        watch: &(dyn Fn(Step) + Send + Sync),
    ) -> (Result<(), EngineError>, String) {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let mut transfer = Transfer::new("pulling".to_owned(), watch);
        let ended =
            messages(futures_util::stream::iter(chunks), &mut |message| transfer.take(&message)).await;
        transfer.tell();
        (ended, transfer.sum())
    }

    fn block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    const PULL: &[u8] = br#"{"status":"Pulling from library/debian","id":"12"}
{"status":"Pulling fs layer","progressDetail":{},"id":"aa"}
{"status":"Already exists","progressDetail":{},"id":"bb"}
{"status":"Downloading","progressDetail":{"current":500,"total":48000000},"progress":"[>]","id":"aa"}
{"status":"Download complete","progressDetail":{},"id":"aa"}
{"status":"Extracting","progressDetail":{"current":1,"total":48000000},"id":"aa"}
{"status":"Pull complete","progressDetail":{},"id":"aa"}
{"status":"Digest: sha256:12"}
"#;

    #[test]
    fn layers_keep_the_order_in_which_they_were_heard_of() {
        let steps = Mutex::new(Vec::new());
        let watch = |step: Step| steps.lock().unwrap().push(step);
        // Cut anywhere, as the network does.
        for cut in [1, 40, 100, PULL.len() - 1] {
            let (ended, sum) = block(run(&[&PULL[..cut], &PULL[cut..]], &watch));
            assert_eq!((ended, sum.as_str()), (Ok(()), "1 of 2 layers new, 48 MB"), "{cut}");
            let last = steps.lock().unwrap().last().cloned().unwrap();
            assert_eq!(last.parts.iter().map(|part| part.id.as_str()).collect::<Vec<_>>(), ["aa", "bb"]);
            assert_eq!(last.parts[0].status, "Pull complete");
            assert_eq!((last.done, last.total), (48_000_000, 48_000_000));
        }
    }

    #[test]
    fn an_error_within_success_is_an_error() {
        let text = br#"{"status":"Pulling fs layer","id":"aa"}
{"errorDetail":{"message":"manifest unknown: \u001b[31mno"},"error":"manifest unknown"}"#;
        let (ended, _) = block(run(&[text], &|_| {}));
        assert_eq!(ended.unwrap_err().to_string(), "manifest unknown: \u{1b}[31mno");
    }

    #[test]
    fn floods_stay_bounded() {
        let most = Mutex::new(0);
        let watch = |step: Step| *most.lock().unwrap() = step.parts.len();
        let lines: Vec<_> =
            (0..5000).map(|at| format!("{{\"status\":\"Waiting\",\"id\":\"{at}\"}}\n")).collect();
        assert_eq!(block(run(&[lines.concat().as_bytes()], &watch)).0, Ok(()));
        assert_eq!(*most.lock().unwrap(), MAX_PARTS);
        let endless = vec![b'x'; LONGEST + 1];
        assert!(block(run(&[&endless], &|_| {})).0.unwrap_err().to_string().contains("no end"));
        let odd = br#"{"status":"Downloading","id":"a","progressDetail":{"current":-5,"total":1e300}}
{"status":"Downloading","id":"b","progressDetail":{"current":1e300,"total":1e300}}
nonsense
[]"#;
        assert_eq!(block(run(&[odd], &|_| {})).0, Ok(()));
    }
}
