//! Finds the engine, in the order of the ecosystem.
//!
//! What the user states, by hand, by a variable or by a current context, is the only place that is tried: to be shown
//! another engine than the one that was meant is worse than none. Otherwise the usual sockets are tried in turn.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout, timeout_at};

use super::context::{self, DEFAULT};
use super::{Endpoint, Engine, EngineError, Surroundings, TlsFiles, sockets};
use crate::world::{About, Candidate, Tried};

/// How long one usual socket may take, all of them together, and each of the candidates.
const ONE: Duration = Duration::from_secs(3);
const ALL: Duration = Duration::from_secs(5);
const CANDIDATE: Duration = Duration::from_secs(5);

/// A place where an engine may be, by the name that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `--engine`, `DOCKER_HOST`, `context desktop-linux`, `Podman (rootless)`.
    pub name: String,
    pub endpoint: Endpoint,
}

/// A name, and what is known of the place.
type Named = (String, Result<Endpoint, EngineError>);

/// What is to be tried, in this order: the stated place alone, or else the usual sockets, whether they exist or not.
pub fn places(around: &Surroundings) -> Result<Vec<Place>, EngineError> {
    match stated(around) {
        Some((name, endpoint)) => Ok(vec![Place { name, endpoint: endpoint? }]),
        None => Ok(usual(around)),
    }
}

/// The engine that is meant, or why each place that was tried is none. A stated one has its own time; the usual sockets
/// have a few seconds together.
pub async fn find(around: &Surroundings) -> Result<Engine, Vec<Tried>> {
    if let Some((name, endpoint)) = stated(around) {
        let url = endpoint.as_ref().map(ToString::to_string).unwrap_or_default();
        let found = match endpoint {
            Ok(endpoint) => Engine::connect(&endpoint, &name).await,
            Err(error) => Err(error),
        };
        return found.map_err(|error| vec![Tried { name, url, why: why(&error) }]);
    }
    let (end, mut tried) = (Instant::now() + ALL, Vec::new());
    for Place { name, endpoint } in usual(around) {
        let until = end.min(Instant::now() + ONE);
        let asked = timeout_at(until, Engine::connect(&endpoint, &name)).await;
        let why = match asked {
            Ok(Ok(engine)) => return Ok(engine),
            Ok(Err(error)) => why(&error),
            Err(_) => "it did not answer in time".to_owned(),
        };
        tried.push(Tried { name, url: endpoint.to_string(), why });
    }
    Err(tried)
}

/// All engines that could be meant: the stated one, all contexts, the sockets that exist. Each is asked at once, and
/// each is listed once, under all its names.
pub async fn candidates(around: &Surroundings) -> Vec<Candidate> {
    let mut found: Vec<Named> = Vec::new();
    let stated = stated(around);
    let sockets = usual(around).into_iter();
    let existing = sockets.filter(|place| match &place.endpoint {
        Endpoint::Unix(path) => path.exists(),
        _ => true,
    });
    let all = stated.clone().into_iter();
    let all = all.chain(variables(around)).chain(contexts(around));
    for (name, endpoint) in all.chain(existing.map(|place| (place.name, Ok(place.endpoint)))) {
        match found.iter_mut().find(|(_, known)| is_same(known, &endpoint)) {
            Some((names, _)) if names.split(", ").any(|known| known == name) => {}
            Some((names, _)) => *names = format!("{names}, {name}"),
            None => found.push((name, endpoint)),
        }
    }
    let asked = join_all(found.into_iter().map(|(name, endpoint)| async move {
        let url = endpoint.as_ref().map(ToString::to_string).unwrap_or_default();
        let answer = match endpoint {
            Ok(endpoint) => ask(&endpoint, &name).await,
            Err(error) => Err(error.to_string()),
        };
        Candidate { name, url, answer: Some(answer), current: false }
    }));
    let mut candidates = asked.await;
    let current = match stated {
        Some(_) => candidates.first_mut(),
        None => first_usual(around, &mut candidates),
    };
    if let Some(current) = current {
        current.current = true;
    }
    candidates
}

async fn ask(endpoint: &Endpoint, name: &str) -> Result<About, String> {
    match timeout(CANDIDATE, Engine::connect(endpoint, name)).await {
        Ok(Ok(engine)) => Ok(engine.about().clone()),
        Ok(Err(error)) => Err(why(&error)),
        Err(_) => Err(format!("it did not answer within {} s", CANDIDATE.as_secs())),
    }
}

/// The one that [`find`] would come back with.
fn first_usual<'a>(around: &Surroundings, candidates: &'a mut [Candidate]) -> Option<&'a mut Candidate> {
    let order: Vec<String> = usual(around).iter().map(|place| place.endpoint.to_string()).collect();
    let answering = candidates.iter_mut().filter(|one| matches!(one.answer, Some(Ok(_))));
    answering.min_by_key(|one| order.iter().position(|url| *url == one.url).unwrap_or(usize::MAX))
}

fn is_same(one: &Result<Endpoint, EngineError>, other: &Result<Endpoint, EngineError>) -> bool {
    match (one, other) {
        (Ok(Endpoint::Unix(one)), Ok(Endpoint::Unix(other))) => sockets::same(one, other),
        (one, other) => one == other,
    }
}

/// The reason alone, where the name and the URL stand beside it.
fn why(error: &EngineError) -> String {
    match error {
        EngineError::Unreachable { why, .. } | EngineError::Url { why, .. } => why.clone(),
        error => error.to_string(),
    }
}

/// The one place that the user named, if any.
fn stated(around: &Surroundings) -> Option<Named> {
    if let Some(engine) = around.engine.as_deref().filter(|engine| !engine.is_empty()) {
        if engine == DEFAULT {
            return None;
        }
        return Some(asked_for(around, engine));
    }
    if let Some(url) = around.variable("DOCKER_HOST") {
        return Some(("DOCKER_HOST".to_owned(), in_environment(around, url)));
    }
    if let Some(name) = around.variable("DOCKER_CONTEXT") {
        return (name != DEFAULT).then(|| in_context(around, name));
    }
    if let Some(url) = around.variable("CONTAINER_HOST") {
        return Some(("CONTAINER_HOST".to_owned(), Endpoint::parse(url, None)));
    }
    match context::current(&around.docker_folder()?) {
        Ok(name) => name.map(|name| in_context(around, &name)),
        Err(error) => Some(("the current Docker context".to_owned(), Err(error))),
    }
}

/// What `--engine` says: a URL or a path, else the name of a context. A place that is known by another name, too, comes
/// with that name and its certificates.
fn asked_for(around: &Surroundings, engine: &str) -> Named {
    if !engine.contains(':') && !engine.starts_with('/') {
        return in_context(around, engine);
    }
    let usual = usual(around).into_iter().map(|place| (place.name, Ok(place.endpoint)));
    let known = variables(around).into_iter().chain(contexts(around)).chain(usual);
    let is_it = |endpoint: &Result<Endpoint, _>| endpoint.as_ref().is_ok_and(|one| one.to_string() == engine);
    let mut known = known.filter(|(_, endpoint)| is_it(endpoint));
    known.next().unwrap_or_else(|| ("--engine".to_owned(), in_environment(around, engine)))
}

fn in_context(around: &Surroundings, name: &str) -> Named {
    let endpoint = match around.docker_folder() {
        Some(folder) => context::named(&folder, name),
        None => Err(EngineError::Url {
            url: name.to_owned(),
            why: "there is no home folder in which its context could be".to_owned(),
        }),
    };
    (format!("context {name}"), endpoint)
}

/// A URL, with the certificates that the environment names.
fn in_environment(around: &Surroundings, url: &str) -> Result<Endpoint, EngineError> {
    let verify = around.variable("DOCKER_TLS_VERIFY").is_some();
    let wanted = verify || around.variable("DOCKER_TLS").is_some() || url.starts_with("https://");
    let stated = around.variable("DOCKER_CERT_PATH").map(Into::into);
    let tls = wanted.then(|| {
        let skip = !verify && !url.starts_with("https://");
        let folder = stated.or_else(|| around.docker_folder());
        let files = folder.and_then(|folder| context::tls_files(&folder, skip));
        files.unwrap_or(TlsFiles { skip_verify: skip, ..TlsFiles::default() })
    });
    Endpoint::parse(url, tls)
}

/// The engines that the environment names, whether they are the stated ones or not.
fn variables(around: &Surroundings) -> Vec<Named> {
    let docker = around.variable("DOCKER_HOST").map(|url| ("DOCKER_HOST", in_environment(around, url)));
    let podman = around.variable("CONTAINER_HOST").map(|url| ("CONTAINER_HOST", Endpoint::parse(url, None)));
    docker.into_iter().chain(podman).map(|(name, endpoint)| (name.to_owned(), endpoint)).collect()
}

fn contexts(around: &Surroundings) -> Vec<Named> {
    let Some(folder) = around.docker_folder() else { return Vec::new() };
    let all = context::all(&folder).into_iter();
    all.map(|context| (format!("context {}", context.name), context.endpoint)).collect()
}

fn usual(around: &Surroundings) -> Vec<Place> {
    #[cfg(windows)]
    let pipes = [
        ("Docker", "docker_engine"),
        ("Docker Desktop", "dockerDesktopLinuxEngine"),
        ("Podman machine", "podman-machine-default"),
    ]
    .map(|(name, pipe)| Place {
        name: name.to_owned(),
        endpoint: Endpoint::Pipe(format!("//./pipe/{pipe}")),
    });
    #[cfg(not(windows))]
    let pipes: [Place; 0] = [];
    let sockets = if cfg!(windows) { Vec::new() } else { sockets::usual(around) };
    let sockets = sockets.into_iter().map(|(name, path)| Place { name, endpoint: Endpoint::Unix(path) });
    pipes.into_iter().chain(sockets).collect()
}

#[cfg(test)]
mod tests;
