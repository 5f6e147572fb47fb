//! A new container like another one, with a shell in place of its program, to look around in.

use hyper::Method;
use serde_json::{Value, json};

use super::{gone, is_name, short};
use crate::engine::wire::understood;
use crate::engine::{Engine, EngineError, Session};

/// The better shell, if there is one.
const SHELL: &str = "command -v bash >/dev/null 2>&1 && exec bash || exec sh";
/// What of the host's side makes the same surroundings; nothing that would take a port or outlive it.
const SAME: [&str; 14] = [
    "Binds",
    "Mounts",
    "Tmpfs",
    "VolumesFrom",
    "CapAdd",
    "CapDrop",
    "Devices",
    "Dns",
    "ExtraHosts",
    "GroupAdd",
    "ReadonlyRootfs",
    "SecurityOpt",
    "ShmSize",
    "Ulimits",
];

impl Engine {
    /// Makes a container of the same image with the same mounts, environment, user and limits, and opens a shell in
    /// it. It is removed when the shell ends.
    pub async fn try_image(&self, id: &str) -> Result<Session, EngineError> {
        if !is_name(id) {
            let why = "neither an id nor a name".to_owned();
            return Err(EngineError::Local { what: format!("{id:?} is no container"), why });
        }
        let told = self.inspect_container(id).await.map_err(|error| gone(error, id))?;
        let answer = self.wire.send(Method::POST, "/containers/create", Some(like(&told)), None).await?;
        let made: Value = understood(answer, "make a container like it").await?;
        let own = made["Id"].as_str().unwrap_or_default().to_owned();
        let begun = async {
            // Nothing that it says first is to be missed.
            let session = self.attach(&own).await?;
            self.start(&own).await?;
            Ok(session)
        };
        let begun: Result<Session, EngineError> = begun.await;
        match begun {
            Ok(session) => Ok(session),
            Err(error) => {
                // What never started is not removed by itself.
                let _ = self.remove_container(&own, false).await;
                Err(match error {
                    EngineError::Refused { message, .. }
                        if message.contains("sh") && message.contains("exec") =>
                    {
                        EngineError::NoShell
                    }
                    error => error,
                })
            }
        }
    }
}

/// What is asked for, from what an inspection tells.
fn like(told: &Value) -> Value {
    let (config, host) = (&told["Config"], &told["HostConfig"]);
    let mut same = serde_json::Map::new();
    for key in SAME {
        if !host[key].is_null() {
            same.insert(key.to_owned(), host[key].clone());
        }
    }
    // The network of another container may not be there any more.
    let network =
        host["NetworkMode"].as_str().filter(|mode| !mode.starts_with("container:")).unwrap_or("none");
    same.insert("NetworkMode".to_owned(), json!(network));
    same.insert("AutoRemove".to_owned(), json!(true));
    json!({
        "Image": told["Image"], "Entrypoint": ["sh", "-c", SHELL], "Cmd": [],
        "Env": config["Env"], "WorkingDir": config["WorkingDir"], "User": config["User"],
        "Tty": true, "OpenStdin": true, "StdinOnce": true,
        "AttachStdin": true, "AttachStdout": true, "AttachStderr": true,
        "Labels": { "hadal.like": short(told["Id"].as_str().unwrap_or_default()) },
        "HostConfig": same,
    })
}
