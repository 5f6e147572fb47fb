//! Files of a container, looked up through the engine's archive call: it works on what does not run, and sees mounts.

use futures_util::{StreamExt as _, stream};

use crate::diagnosis::facts::{Facts, Unavailable};
use crate::diagnosis::files::{HEAD, Look, Node, WHOLE};
use crate::diagnosis::{Source, Want, elf};
use crate::engine::{Engine, EngineError, PathStat, Peek};
use crate::image::changeset::Kind;

/// Paths that are asked for at the same time.
const AT_ONCE: usize = 8;
/// Changed paths that are kept.
const MOST_CHANGES: usize = 20_000;

/// Answers what is wanted, and learns it.
pub(super) async fn answer(engine: &Engine, facts: &mut Facts, mut wants: Vec<Want>) {
    if let Some(at) = wants.iter().position(|want| *want == Want::Changes) {
        wants.swap_remove(at);
        changes(engine, facts).await;
    }
    // Where not even the root can be looked at, nothing can.
    if let Some(Look::Unknown(why)) = facts.files.look("/") {
        let why = why.clone();
        for want in wants {
            facts.files.learn(want.path(), Look::Unknown(why.clone()));
        }
        return;
    }
    let id = facts.id.clone();
    let answers = stream::iter(wants)
        .map(|want| {
            let (engine, id) = (engine.clone(), id.clone());
            async move { (want.path().to_owned(), one(&engine, &id, &want).await) }
        })
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    for (path, look) in answers {
        facts.files.learn(&path, look);
    }
}

async fn changes(engine: &Engine, facts: &mut Facts) {
    match engine.changes(&facts.id).await {
        Ok(changes) => {
            let changes = changes.into_iter().take(MOST_CHANGES);
            let paired =
                changes.map(|change| (String::from_utf8_lossy(&change.path).into_owned(), change.happened));
            facts.changes = Some(paired.collect());
        }
        Err(error) => {
            let why = format!("the engine does not tell what it changed: {error}");
            facts.unavailable.push(Unavailable { source: Source::Changes, why });
        }
    }
}

async fn one(engine: &Engine, id: &str, want: &Want) -> Look {
    let path = want.path();
    let most = match want {
        Want::Stat(_) | Want::History(_) | Want::Changes => {
            return told(engine.stat(id, path).await, look_of);
        }
        Want::Owner(_) => 0,
        Want::Head(_) => HEAD,
        Want::Whole(_) => WHOLE,
    };
    let whole = matches!(want, Want::Whole(_));
    told(engine.peek(id, path, most).await, |peek| peeked(peek, whole, most > 0))
}

fn told<T>(answer: Result<T, EngineError>, look: impl FnOnce(T) -> Look) -> Look {
    match answer {
        Ok(value) => look(value),
        Err(error) if error.is_missing() => Look::Absent,
        // A component of the path is a file.
        Err(EngineError::Refused { message, .. }) if message.contains("not a directory") => Look::Absent,
        Err(error) => Look::Unknown(error.to_string()),
    }
}

/// What a stat of the engine says.
pub(super) fn look_of(stat: PathStat) -> Look {
    let stat = stat.understood();
    let mut node = Node::new(stat.kind, stat.mode);
    node.bytes = stat.bytes;
    node.target = String::from_utf8_lossy(&stat.target).into_owned();
    Look::Is(Box::new(node))
}

fn peeked(peek: Peek, whole: bool, contents: bool) -> Look {
    let mut node = Node::new(peek.kind, peek.mode);
    node.bytes = if peek.kind == Kind::File { peek.bytes } else { 0 };
    node.target = String::from_utf8_lossy(&peek.target).into_owned();
    node.owner = Some((peek.uid, peek.gid));
    if whole {
        node.elf = Some(elf::parse(&peek.head, peek.bytes));
    }
    if contents {
        let mut head = peek.head;
        head.truncate(HEAD);
        node.head = Some(head);
    }
    Look::Is(Box::new(node))
}
