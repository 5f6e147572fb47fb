//! Verdicts on containers with everything in them that they can speak of. What real containers are told is held against
//! what is expected in `tests/zoo.rs`.

use hadal::container::{Health, State};
use hadal::diagnosis::facts::{Facts, Line, Probe, Unavailable};
use hadal::diagnosis::files::{History, Layers, Look, Made};
use hadal::diagnosis::{Knowledge, Source, diagnose};
use hadal::report::json;
use serde_json::Value;

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn container(name: &str) -> Facts {
    let mut facts = Facts {
        id: ID.to_owned(),
        name: name.to_owned(),
        image: "app:1".to_owned(),
        image_id: format!("sha256:{ID}"),
        ..Facts::default()
    };
    facts.config.argv = vec!["/app/server".to_owned()];
    facts.state.created = "2026-01-02T03:04:05Z".parse().ok();
    facts.state.started = "2026-01-02T03:04:06Z".parse().ok();
    facts.now = "2026-01-02T03:05:00Z".parse().ok();
    facts
        .unavailable
        .push(Unavailable { source: Source::Events, why: "the engine does not tell".to_owned() });
    facts
}

fn written(facts: &[Facts]) -> Value {
    let verdicts: Vec<_> = facts.iter().map(|facts| diagnose(facts, Knowledge::embedded()).0).collect();
    let mut out = Vec::new();
    json::write(&json::Diagnose::new(facts.iter().zip(&verdicts)), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// One that runs and is sick; then one whose program a layer removed, one that nobody understands, and none.
pub(crate) fn diagnoses() -> Vec<Value> {
    let mut sick = container("sick");
    sick.state.status = State::Running;
    sick.state.health = Some(Health::Unhealthy);
    sick.config.healthcheck = vec!["CMD".to_owned(), "check".to_owned()];
    sick.state.probes.push(Probe { exit_code: 1, output: "not well".to_owned(), ..Probe::default() });
    let mut gone = container("gone");
    gone.state.status = State::Created;
    gone.state.exit_code = 127;
    gone.state.started = None;
    "exec: \"/app/server\": stat /app/server: no such file or directory".clone_into(&mut gone.state.error);
    gone.files.layers = Layers::Read;
    for path in ["/app", "/etc/passwd", "/etc/group"] {
        gone.files.learn(path, Look::Absent);
    }
    let made = |layer, exists| Made { layer, exists, mode: 0o755, step: Some("RUN true".to_owned()) };
    gone.files.learn_history(
        "/app/server",
        History { versions: vec![made(1, true), made(2, false)], ..History::default() },
    );
    let mut strange = container("strange");
    strange.state.status = State::Exited;
    strange.state.exit_code = 7;
    strange.state.finished = "2026-01-02T03:04:09Z".parse().ok();
    strange.log.lines.push(Line { text: "so long".to_owned(), time: strange.state.started, stderr: true });
    let mut killed = strange.clone();
    killed.state.exit_code = 139;
    killed.log.lines.push(Line {
        text: "Segmentation fault".to_owned(),
        time: strange.state.started,
        stderr: true,
    });
    vec![written(&[sick]), written(&[gone, strange, killed]), written(&[])]
}
