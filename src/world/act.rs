//! Everything that can be done to an engine's objects: values, so that they can be shown before they are done.

use jiff::Timestamp;

use super::Kind;

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Start {
        id: String,
    },
    Stop {
        id: String,
    },
    Restart {
        id: String,
    },
    Pause {
        id: String,
    },
    Unpause {
        id: String,
    },
    /// `signal` like `SIGTERM`.
    Kill {
        id: String,
        signal: String,
    },
    Rename {
        id: String,
        name: String,
    },
    /// `reference` is what the new image is called.
    Commit {
        id: String,
        reference: String,
    },
    /// Never by force, and volumes stay, unless a plan that was seen says otherwise.
    RemoveContainer {
        id: String,
        force: bool,
        /// It goes only if it has not run again since; `None` where that does not matter, or is not known.
        last_run: Option<LastRun>,
    },
    /// `source` is an id or a name.
    Tag {
        source: String,
        reference: String,
    },
    /// Takes one name away; the image goes with its last name.
    Untag {
        reference: String,
    },
    /// Never by force. `tags` are all the names that it is known by: engines refuse to remove an image of several
    /// names by its id, so each name is taken away, and only if it still has exactly these.
    RemoveImage {
        id: String,
        tags: Vec<String>,
        /// Whether its untagged parents go with it where nothing else stands on them, as engines do by themselves. The
        /// containerd store must not: it takes along any untagged image that has the first of the same layers.
        prune: bool,
    },
    /// One that no container uses.
    RemoveNetwork {
        id: String,
    },
    /// One that no container mounts; its contents are lost.
    RemoveVolume {
        name: String,
    },
    /// One record of the build cache.
    RemoveCache {
        id: String,
    },
    Pull {
        reference: String,
        platform: Option<String>,
    },
    Push {
        reference: String,
    },
    /// Images into a new archive on this machine, which is there only when it holds all of them whole. `images` are
    /// names, and ids of what has none; `ids` are those that a removal relies on, whatever the names mean by then.
    Save {
        images: Vec<String>,
        ids: Vec<String>,
        path: String,
    },
    Load {
        path: String,
    },
    /// A path of a container to a folder of this machine.
    CopyOut {
        id: String,
        path: String,
        to: String,
    },
    /// A file or folder of this machine into a folder of a container.
    CopyIn {
        id: String,
        from: String,
        path: String,
    },
}

/// When a container was last started, if ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRun(pub Option<Timestamp>);

impl Act {
    /// The command that does the same, for people who want to know or to repeat it.
    pub fn command(&self, kind: Kind) -> String {
        let words: Vec<&str> = match self {
            Act::Start { id } => vec!["start", id],
            Act::Stop { id } => vec!["stop", id],
            Act::Restart { id } => vec!["restart", id],
            Act::Pause { id } => vec!["pause", id],
            Act::Unpause { id } => vec!["unpause", id],
            Act::Kill { id, signal } => vec!["kill", "--signal", signal, id],
            Act::Rename { id, name } => vec!["rename", id, name],
            Act::Commit { id, reference } => vec!["commit", id, reference],
            Act::RemoveContainer { id, force: false, .. } => vec!["rm", id],
            Act::RemoveContainer { id, force: true, .. } => vec!["rm", "--force", id],
            Act::Tag { source, reference } => vec!["tag", source, reference],
            Act::Untag { reference } => vec!["rmi", reference],
            Act::RemoveImage { id, tags, prune } => {
                let names = if tags.is_empty() { std::slice::from_ref(id) } else { tags };
                let alone = (!prune).then_some("--no-prune");
                ["rmi"].into_iter().chain(alone).chain(names.iter().map(String::as_str)).collect()
            }
            Act::RemoveNetwork { id } => vec!["network", "rm", id],
            // Names of volumes are told in full, also those that look like ids.
            Act::RemoveVolume { name } => {
                return format!("{} volume rm {}", kind.program(), quoted(name));
            }
            Act::RemoveCache { id } => {
                let filter = format!("id={id}");
                return format!("{} builder prune --all --filter {}", kind.program(), quoted(&filter));
            }
            Act::Pull { reference, platform: None } => vec!["pull", reference],
            Act::Pull { reference, platform: Some(platform) } => {
                vec!["pull", "--platform", platform, reference]
            }
            Act::Push { reference } => vec!["push", reference],
            Act::Save { images, path, .. } => {
                let images = images.iter().map(String::as_str);
                ["save", "-o", path].into_iter().chain(images).collect()
            }
            Act::Load { path } => vec!["load", "-i", path],
            Act::CopyOut { id, path, to } => {
                let from = format!("{}:{path}", short(id));
                return format!("{} cp {} {}", kind.program(), quoted(&from), quoted(to));
            }
            Act::CopyIn { id, from, path } => {
                let to = format!("{}:{path}", short(id));
                return format!("{} cp {} {}", kind.program(), quoted(from), quoted(&to));
            }
        };
        let words = words.into_iter().map(|word| quoted(short(word))).collect::<Vec<_>>();
        format!("{} {}", kind.program(), words.join(" "))
    }

    /// Whether it changes anything of the engine; copies out of it do not.
    pub fn changes_engine(&self) -> bool {
        !matches!(self, Act::Save { .. } | Act::CopyOut { .. })
    }

    /// What it is about: an id or a name.
    pub fn object(&self) -> &str {
        match self {
            Act::Start { id }
            | Act::Stop { id }
            | Act::Restart { id }
            | Act::Pause { id }
            | Act::Unpause { id }
            | Act::Kill { id, .. }
            | Act::Rename { id, .. }
            | Act::Commit { id, .. }
            | Act::RemoveContainer { id, .. }
            | Act::RemoveImage { id, .. }
            | Act::RemoveNetwork { id }
            | Act::RemoveVolume { name: id }
            | Act::RemoveCache { id }
            | Act::CopyOut { id, .. }
            | Act::CopyIn { id, .. } => id,
            Act::Tag { source, .. } => source,
            Act::Untag { reference } | Act::Pull { reference, .. } | Act::Push { reference } => reference,
            Act::Save { path, .. } | Act::Load { path } => path,
        }
    }
}

/// Twelve digits of a whole id, which engines take as well; anything else as it is.
fn short(word: &str) -> &str {
    let hex = word.strip_prefix("sha256:").unwrap_or(word);
    let whole = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if whole { &hex[..12] } else { word }
}

/// One argument as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// How far something long is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The engine's last word.
    pub text: String,
    /// Layers, in the order in which they were first heard of.
    pub parts: Vec<Part>,
    /// Bytes done and bytes there are, 0 where that is not known.
    pub done: u64,
    pub total: u64,
    /// Bytes a second so far, 0 where that is not known.
    pub rate: u64,
}

/// One layer of a pull or a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub id: String,
    /// `Downloading`, `Pull complete`, … as the engine says it.
    pub status: String,
    pub done: u64,
    pub total: u64,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub act: Act,
    /// One line of what came of it, or the engine's own words on why nothing did.
    pub result: Result<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_told_as_commands() {
        let kill = Act::Kill { id: "web".to_owned(), signal: "SIGTERM".to_owned() };
        assert_eq!(kill.command(Kind::Docker), "docker kill --signal SIGTERM web");
        let copy = Act::CopyOut { id: "web".to_owned(), path: "/it's here".to_owned(), to: ".".to_owned() };
        assert_eq!(copy.command(Kind::Podman), r"podman cp 'web:/it'\''s here' .");
        assert_eq!(copy.object(), "web");
        let remove = |tags: &[&str]| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            Act::RemoveImage { id: format!("sha256:{}", "0a1b".repeat(16)), tags, prune: true }
                .command(Kind::Docker)
        };
        assert_eq!(remove(&[]), "docker rmi 0a1b0a1b0a1b");
        assert_eq!(remove(&["a:1", "b:2"]), "docker rmi a:1 b:2");
    }
}
