//! What goes on in a container: its processes, the files it changed, the shell it has.

use futures_util::{Stream, StreamExt as _, stream};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::wire::escape;
use super::{Engine, EngineError, PathStat};
use crate::image::changeset::Kind;
use crate::image::json;
use crate::image::writable::{Happened, Stat, Written};

/// How many paths are asked for at once.
const AT_ONCE: usize = 4;
/// Where shells are, the better one first.
const SHELLS: [&str; 6] = ["/bin/bash", "/usr/bin/bash", "/bin/sh", "/usr/bin/sh", "/bin/ash", "/busybox/sh"];
/// Many commands in one; `sh` among them.
const BUSYBOX: [&str; 2] = ["/bin/busybox", "/busybox/busybox"];

/// The processes of a container, as `ps` tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Processes {
    pub titles: Vec<String>,
    /// Each as long as `titles`.
    pub processes: Vec<Vec<String>>,
}

/// What the writable layer of a container holds.
#[derive(Clone, Debug, Default)]
pub struct Writable {
    pub changes: Vec<Written>,
    /// Bytes it takes, where the engine tells.
    pub bytes: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Changed {
    path: String,
    kind: i64,
}

impl Engine {
    /// The processes of a running container.
    pub async fn top(&self, id: &str) -> Result<Processes, EngineError> {
        let top: Result<Option<Processes>, _> =
            self.wire.json(&format!("/containers/{}/top", escape(id))).await;
        match top {
            Ok(top) => Ok(top.unwrap_or_default().straightened()),
            // An empty answer: the container does not run, or has no ps for the engine to run in it.
            Err(EngineError::Unsupported { .. }) => Err(EngineError::Unsupported {
                what: "list the processes of this container: it is not running, or there is no ps in it"
                    .to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// What a container changed of its image's files, running or not; paths only, see [`stats`](Self::stat_changes).
    pub async fn writable(&self, id: &str) -> Result<Writable, EngineError> {
        let changes = self.changes(id).await?;
        let size = self.wire.json(&format!("/containers/{}/json?size=1", escape(id))).await?;
        Ok(Writable { changes, bytes: json::number(&size, "SizeRw") })
    }

    /// Which paths a container changed, and how.
    pub async fn changes(&self, id: &str) -> Result<Vec<Written>, EngineError> {
        let changes: Option<Vec<Changed>> =
            self.wire.json(&format!("/containers/{}/changes", escape(id))).await?;
        let changes = changes.unwrap_or_default().into_iter().filter_map(|changed| {
            let happened = match changed.kind {
                0 => Happened::Modified,
                1 => Happened::Added,
                2 => Happened::Deleted,
                _ => return None,
            };
            Some(Written { path: changed.path.into_bytes(), happened, stat: None })
        });
        Ok(changes.collect())
    }

    /// What each of these paths is, as answers come, with its place in the list: `None` for what is not there any
    /// more, and where the engine cannot tell. One request for each path.
    pub fn stat_changes(
        &self,
        id: &str,
        paths: Vec<(usize, Vec<u8>)>,
    ) -> impl Stream<Item = (usize, Option<Stat>)> + Send + use<> {
        let (engine, id) = (self.clone(), id.to_owned());
        stream::iter(paths)
            .map(move |(place, path)| {
                let (engine, id) = (engine.clone(), id.clone());
                async move {
                    let stat = engine.stat(&id, &String::from_utf8_lossy(&path)).await;
                    (place, stat.ok().map(PathStat::understood))
                }
            })
            .buffer_unordered(AT_ONCE)
    }

    /// The command that starts a shell in this container: the one its image names, else the best one that is there.
    pub async fn find_shell(&self, id: &str) -> Result<Vec<String>, EngineError> {
        let own = self.configured_shell(id).await?;
        for path in own.iter().map(String::as_str).chain(SHELLS) {
            if self.is_program(id, path).await? {
                return Ok(vec![path.to_owned()]);
            }
        }
        for path in BUSYBOX {
            if self.is_program(id, path).await? {
                return Ok(vec![path.to_owned(), "sh".to_owned()]);
            }
        }
        Err(EngineError::NoShell)
    }

    /// The program of the SHELL instruction, of the container or its image.
    async fn configured_shell(&self, id: &str) -> Result<Option<String>, EngineError> {
        let program = |inspected: &Value| {
            let shell = json::texts(json::get(inspected, "Config")?, "Shell");
            shell.into_iter().next().filter(|program| program.starts_with('/'))
        };
        let container = self.inspect_container(id).await?;
        if let Some(shell) = program(&container) {
            return Ok(Some(shell));
        }
        let image = json::text(&container, "Image").unwrap_or_default();
        // The image may be gone; that is no reason not to look further.
        let image: Result<Value, _> = self.wire.json(&format!("/images/{}/json", escape(&image))).await;
        Ok(image.ok().as_ref().and_then(program))
    }

    async fn is_program(&self, id: &str, path: &str) -> Result<bool, EngineError> {
        let stat = match self.stat(id, path).await {
            Ok(stat) => stat.understood(),
            Err(error) if error.is_missing() => return Ok(false),
            Err(error) => return Err(error),
        };
        Ok(stat.kind == Kind::Symlink || stat.kind == Kind::File && stat.mode & 0o111 != 0)
    }
}

impl Processes {
    /// Podman's `ps` of the image comes as one text for each line, titles included.
    fn straightened(mut self) -> Processes {
        if let [titles] = &self.titles[..] {
            self.titles = titles.split_whitespace().map(str::to_owned).collect();
        }
        let columns = self.titles.len();
        for process in &mut self.processes {
            if let [line] = &process[..]
                && columns > 1
            {
                let mut rest = line.trim();
                let mut cells = Vec::with_capacity(columns);
                while cells.len() + 1 < columns {
                    let (cell, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                    cells.push(cell.to_owned());
                    rest = behind.trim_start();
                }
                cells.push(rest.to_owned());
                *process = cells;
            }
            process.resize(columns, String::new());
        }
        self
    }
}

impl PathStat {
    /// In the words of trees.
    pub fn understood(self) -> Stat {
        // Bits of Go's `FileMode`.
        let bit = |bit: u32| self.mode & (1 << bit) != 0;
        let kind = match () {
            () if bit(31) => Kind::Directory,
            () if bit(27) => Kind::Symlink,
            () if bit(26) && bit(21) => Kind::Char,
            () if bit(26) => Kind::Block,
            () if bit(25) => Kind::Fifo,
            () => Kind::File,
        };
        let special = [(23, 0o4000), (22, 0o2000), (20, 0o1000)];
        let special: u32 = special.into_iter().filter(|(at, _)| bit(*at)).map(|(_, mode)| mode).sum();
        Stat {
            kind,
            bytes: if kind == Kind::File { self.size } else { 0 },
            mode: ((self.mode & 0o777) | special) as u16,
            mtime: self.mtime.parse().map_or(0, |time: Timestamp| time.as_second()),
            target: if kind == Kind::Symlink { self.link_target.into_bytes() } else { Vec::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_engines_tell_of_a_path_is_understood() {
        for (text, kind, mode, bytes, target) in [
            (r#"{"size":5000000,"mode":420,"linkTarget":"/written"}"#, Kind::File, 0o644, 5_000_000, ""),
            (r#"{"size":4096,"mode":2147484141,"linkTarget":"/etc"}"#, Kind::Directory, 0o755, 0, ""),
            (
                r#"{"size":7,"mode":134218239,"linkTarget":"/bin/busybox"}"#,
                Kind::Symlink,
                0o777,
                0,
                "/bin/busybox",
            ),
            (r#"{"size":1,"mode":8389101}"#, Kind::File, 0o4755, 1, ""),
            (r#"{"mode":2148532735}"#, Kind::Directory, 0o1777, 0, ""),
            (r#"{"mode":69206454}"#, Kind::Char, 0o666, 0, ""),
            ("{}", Kind::File, 0, 0, ""),
        ] {
            let stat = serde_json::from_str::<PathStat>(text).unwrap().understood();
            assert_eq!((stat.kind, stat.mode, stat.bytes), (kind, mode, bytes), "{text}");
            assert_eq!(stat.target, target.as_bytes());
        }
    }

    #[test]
    fn processes_have_a_cell_for_each_title() {
        for (titles, process, expected) in [
            (
                &["PID   USER     COMMAND"][..],
                &["1 0        sleep 100000"][..],
                &["1", "0", "sleep 100000"][..],
            ),
            (&["PID", "CMD"], &["7", "sh -c x"], &["7", "sh -c x"]),
            (&["PID", "USER", "CMD"], &["7"], &["7", "", ""]),
            (&["PID"], &["7", "8"], &["7"]),
        ] {
            let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            let top = Processes { titles: own(titles), processes: vec![own(process)] }.straightened();
            assert_eq!(top.processes, [own(expected)]);
        }
    }
}
