//! Docker contexts: the engines that a user has given names to.
//!
//! They lie in Docker's own folder: `config.json` says which one is current, `contexts/meta/<sha256 of its
//! name>/meta.json` where it is, `contexts/tls/<the same>/docker/` who to be there.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::{Endpoint, EngineError, TlsFiles};

/// What stands for no context at all.
pub(super) const DEFAULT: &str = "default";

/// A context whose name could be read, and where it leads or why that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DockerContext {
    pub(super) name: String,
    pub(super) endpoint: Result<Endpoint, EngineError>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default, rename = "currentContext")]
    current: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    #[serde(default)]
    name: String,
    #[serde(default)]
    endpoints: Endpoints,
}

#[derive(Default, Deserialize)]
struct Endpoints {
    docker: Option<Docker>,
}

#[derive(Deserialize)]
struct Docker {
    #[serde(default, rename = "Host")]
    host: String,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_verify: bool,
}

/// The context that is current, when one is.
pub(super) fn current(folder: &Path) -> Result<Option<String>, EngineError> {
    let config: Option<Config> = read(&folder.join("config.json"))?;
    Ok(config.and_then(|config| config.current).filter(|name| !name.is_empty() && name != DEFAULT))
}

/// Where a context leads.
pub(super) fn named(folder: &Path, name: &str) -> Result<Endpoint, EngineError> {
    let id = id(name);
    let path = folder.join("contexts/meta").join(&id).join("meta.json");
    let Some(meta) = read::<Meta>(&path)? else {
        let mut known: Vec<String> = all(folder).into_iter().map(|context| context.name).collect();
        known.insert(0, DEFAULT.to_owned());
        return Err(EngineError::Url {
            url: name.to_owned(),
            why: format!("no Docker context has this name; there are: {}", known.join(", ")),
        });
    };
    endpoint(folder, &id, &path, meta)
}

/// All contexts by name, also the damaged ones.
pub(super) fn all(folder: &Path) -> Vec<DockerContext> {
    let entries = fs::read_dir(folder.join("contexts/meta")).into_iter().flatten().flatten();
    let mut found: Vec<DockerContext> = entries
        .filter_map(|entry| {
            let id = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path().join("meta.json");
            match read::<Meta>(&path) {
                Ok(None) => None,
                Ok(Some(meta)) => Some(DockerContext {
                    name: if meta.name.is_empty() { short(&id) } else { meta.name.clone() },
                    endpoint: endpoint(folder, &id, &path, meta),
                }),
                // Its name is in the file that cannot be read.
                Err(error) => Some(DockerContext { name: short(&id), endpoint: Err(error) }),
            }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn endpoint(folder: &Path, id: &str, path: &Path, meta: Meta) -> Result<Endpoint, EngineError> {
    let docker = meta.endpoints.docker.filter(|docker| !docker.host.is_empty());
    let Some(docker) = docker else {
        return Err(EngineError::Local {
            what: format!("cannot use the context in {}", path.display()),
            why: "it names no engine".to_owned(),
        });
    };
    let tls = tls_files(&folder.join("contexts/tls").join(id).join("docker"), docker.skip_verify);
    Endpoint::parse(&docker.host, tls)
}

/// What of the usual three files is in a folder; `None` when there is nothing that asks for TLS.
pub(super) fn tls_files(folder: &Path, skip_verify: bool) -> Option<TlsFiles> {
    let there = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
    let files =
        TlsFiles { ca: there("ca.pem"), identity: there("cert.pem").zip(there("key.pem")), skip_verify };
    (files != TlsFiles::default()).then_some(files)
}

fn id(name: &str) -> String {
    let mut id = String::new();
    for byte in Sha256::digest(name) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

/// A JSON file; `None` when there is none.
fn read<T: DeserializeOwned>(path: &PathBuf) -> Result<Option<T>, EngineError> {
    let wrong = |why: String| EngineError::Local { what: format!("cannot read {}", path.display()), why };
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| wrong(error.to_string())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(wrong(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn context(&self, name: &str, meta: &str) {
            self.write(&format!("contexts/meta/{}/meta.json", id(name)), meta);
        }
    }

    fn folder() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    #[test]
    fn a_context_lies_below_the_digest_of_its_name() {
        // `docker context create remote` makes this folder.
        assert_eq!(id("remote"), "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a");
    }

    #[test]
    fn the_current_one_is_what_the_configuration_says() {
        let folder = folder();
        assert_eq!(current(folder.0.path()), Ok(None));
        for (text, expected) in [
            ("{}", None),
            (r#"{"currentContext":""}"#, None),
            (r#"{"currentContext":"default"}"#, None),
            (r#"{"currentContext":null,"auths":{}}"#, None),
            (r#"{"auths":{},"currentContext":"remote"}"#, Some("remote")),
        ] {
            folder.write("config.json", text);
            assert_eq!(current(folder.0.path()).unwrap().as_deref(), expected, "{text}");
        }
        folder.write("config.json", "{");
        let error = current(folder.0.path()).unwrap_err().to_string();
        assert!(error.contains("config.json"), "{error}");
    }

    #[test]
    fn a_context_leads_somewhere_with_its_certificates() {
        let folder = folder();
        folder.context(
            "plain",
            r#"{"Name":"plain","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///a.sock"}}}"#,
        );
        folder.context(
            "far",
            r#"{"Name":"far","Endpoints":{"docker":{"Host":"tcp://h:2376","SkipTLSVerify":true}}}"#,
        );
        let tls = format!("contexts/tls/{}/docker", id("far"));
        folder.write(&format!("{tls}/ca.pem"), "");
        folder.write(&format!("{tls}/cert.pem"), "");
        let of = |name| named(folder.0.path(), name);
        assert_eq!(of("plain"), Ok(Endpoint::Unix("/a.sock".into())));
        let Ok(Endpoint::Tcp { tls: Some(files), .. }) = of("far") else { panic!("{:?}", of("far")) };
        let ca = folder.0.path().join(&tls).join("ca.pem");
        assert_eq!(files, TlsFiles { ca: Some(ca), identity: None, skip_verify: true });
        folder.write(&format!("{tls}/key.pem"), "");
        let Ok(Endpoint::Tcp { tls: Some(files), .. }) = of("far") else { panic!("{:?}", of("far")) };
        assert!(files.identity.is_some());
        let error = of("nosuch").unwrap_err().to_string();
        assert!(error.contains("there are: default, far, plain"), "{error}");
    }

    #[test]
    fn a_damaged_context_harms_no_other() {
        let folder = folder();
        folder.context("good", r#"{"Name":"good","Endpoints":{"docker":{"Host":"ssh://h"}}}"#);
        folder.context("damaged", "not JSON");
        folder.context("empty", r#"{"Name":"empty"}"#);
        folder.context("kubernetes", r#"{"Name":"kubernetes","Endpoints":{"kubernetes":{"Host":"x"}}}"#);
        folder.context("odd", r#"{"Name":"odd","Endpoints":{"docker":{"Host":"ftp://h"}}}"#);
        folder.write("contexts/meta/stray", "a file");
        let found: Vec<(String, bool)> =
            all(folder.0.path()).into_iter().map(|one| (one.name, one.endpoint.is_ok())).collect();
        let damaged = short(&id("damaged"));
        let mut expected = vec![
            (damaged, false),
            ("empty".to_owned(), false),
            ("good".to_owned(), true),
            ("kubernetes".to_owned(), false),
            ("odd".to_owned(), false),
        ];
        expected.sort();
        assert_eq!(found, expected);
        assert!(named(folder.0.path(), "damaged").unwrap_err().to_string().contains("meta.json"));
    }
}
