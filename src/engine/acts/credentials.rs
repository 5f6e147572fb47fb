//! What logs in to a registry, as `docker login` left it: in the Docker config, or in the care of a helper program.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::EngineError;

/// The name under which logins to the default registry are kept.
const DEFAULT_HOST: &str = "docker.io";
const DEFAULT_KEY: &str = "https://index.docker.io/v1/";
/// What helpers give as the user's name when the secret is an identity token.
const TOKEN: &str = "<token>";
/// How long a helper may take: it may ask somebody to unlock a key ring.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `X-Registry-Auth` says for a registry; an empty object where nobody is logged in.
pub(super) async fn find(host: &str) -> Result<String, EngineError> {
    let mut found = json!({});
    for file in files() {
        let Ok(text) = std::fs::read(&file) else { continue };
        let config: Value = serde_json::from_slice(&text).map_err(|error| EngineError::Local {
            what: format!("cannot read the login to {host}"),
            why: format!("{}: {error}", file.display()),
        })?;
        if let Some(credentials) = read(&config, host).await? {
            found = credentials;
            break;
        }
    }
    Ok(URL_SAFE.encode(found.to_string()))
}

/// Where logins are kept, the likeliest first: Docker's config, then the file that Podman writes.
fn files() -> Vec<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = std::env::home_dir();
    let docker = folder("DOCKER_CONFIG").or_else(|| Some(home.clone()?.join(".docker")));
    let run = folder("XDG_RUNTIME_DIR").map(|run| run.join("containers/auth.json"));
    let settings = folder("XDG_CONFIG_HOME").or_else(|| Some(home?.join(".config")));
    [
        docker.map(|docker| docker.join("config.json")),
        folder("REGISTRY_AUTH_FILE"),
        run,
        settings.map(|settings| settings.join("containers/auth.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The login to `host` that a config knows.
async fn read(config: &Value, host: &str) -> Result<Option<Value>, EngineError> {
    let key = if host == DEFAULT_HOST { DEFAULT_KEY } else { host };
    // A helper for one registry goes before the one for all, and helpers before what lies in the file.
    let own = config["credHelpers"].as_object().and_then(|helpers| {
        helpers.iter().find(|(name, _)| bare(name) == bare(key)).and_then(|(_, helper)| helper.as_str())
    });
    let helper = own.or_else(|| config["credsStore"].as_str()).filter(|helper| !helper.is_empty());
    if let Some(helper) = helper
        && let Some(credentials) = ask(helper, key, host).await?
    {
        return Ok(Some(credentials));
    }
    let stored = config["auths"].as_object();
    let entry = stored.and_then(|stored| stored.iter().find(|(name, _)| bare(name) == bare(key)));
    Ok(entry.and_then(|(_, entry)| kept(entry, key)))
}

/// A login that lies in the config itself.
fn kept(entry: &Value, key: &str) -> Option<Value> {
    if let Some(token) = entry["identitytoken"].as_str().filter(|token| !token.is_empty()) {
        return Some(json!({"identitytoken": token, "serveraddress": key}));
    }
    let decoded = entry["auth"].as_str().and_then(|text| STANDARD.decode(text).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    let (user, password) = match pair {
        // Old versions of Docker wrote zeros behind the password.
        Some((user, password)) => (user, password.trim_end_matches('\0')),
        None => (entry["username"].as_str()?, entry["password"].as_str()?),
    };
    Some(json!({"username": user, "password": password, "serveraddress": key}))
}

/// Asks a helper program. That it knows nothing of the registry is no error; that it cannot be asked is one.
async fn ask(helper: &str, key: &str, host: &str) -> Result<Option<Value>, EngineError> {
    let program = format!("docker-credential-{helper}");
    let failed = |why: String| EngineError::Local {
        what: format!("cannot get the login to {host} from {program}"),
        why,
    };
    if !Path::new(&program).components().eq([std::path::Component::Normal(program.as_ref())]) {
        return Err(failed("its name holds a path".to_owned()));
    }
    let run = async {
        let mut child = Command::new(&program)
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A helper may know the answer without reading the question.
            let _ = input.write_all(key.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(PATIENCE, run).await;
    let output = output.map_err(|_| failed(format!("no answer within {} s", PATIENCE.as_secs())))?;
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        // The words by which all helpers say that there is no login.
        let none = text.contains("not found") || text.is_empty();
        return if none { Ok(None) } else { Err(failed(text)) };
    }
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    Ok(match (text("Username"), text("Secret")) {
        (_, secret) if secret.is_empty() => None,
        (user, token) if user == TOKEN => Some(json!({"identitytoken": token, "serveraddress": key})),
        (user, password) => Some(json!({"username": user, "password": password, "serveraddress": key})),
    })
}

/// A registry's name without scheme and path, in which spellings differ.
fn bare(name: &str) -> &str {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let host = name.split('/').next().unwrap_or(name);
    if host == "index.docker.io" || host == "registry-1.docker.io" { DEFAULT_HOST } else { host }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn logins_of_the_config() {
        let config = json!({"auths": {
            "https://index.docker.io/v1/": {"auth": STANDARD.encode("me:pass:word\0\0")},
            "localhost:5000": {"auth": STANDARD.encode("a:b")},
            "https://quay.example/v2/": {"identitytoken": "tok"},
            "plain.example": {"username": "u", "password": "p"},
            "empty.example": {},
        }});
        let login = |host: &str| block(read(&config, host)).unwrap();
        for (host, user, password) in
            [("docker.io", "me", "pass:word"), ("localhost:5000", "a", "b"), ("plain.example", "u", "p")]
        {
            let found = login(host).unwrap();
            assert_eq!((&found["username"], &found["password"]), (&json!(user), &json!(password)), "{host}");
        }
        assert_eq!(login("quay.example").unwrap()["identitytoken"], "tok");
        assert_eq!(login("docker.io").unwrap()["serveraddress"], DEFAULT_KEY);
        for host in ["localhost:5001", "localhost", "empty.example"] {
            assert_eq!(login(host), None, "{host}");
        }
    }

    #[test]
    fn helpers_that_cannot_be_asked() {
        let config =
            json!({"credHelpers": {"a.example": "hadal-test-no-such-helper", "b.example": "../../bin/sh"}});
        for (host, why) in [("a.example", "No such file"), ("b.example", "holds a path")] {
            let error = block(read(&config, host)).unwrap_err().to_string();
            assert!(error.contains(host) && error.contains(why), "{error}");
        }
        assert_eq!(block(read(&config, "c.example")).unwrap(), None);
    }
}
