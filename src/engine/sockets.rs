//! The sockets at which engines usually listen when nobody says otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use super::Surroundings;

/// In the order in which they are tried, each with the name of its engine. Those that every machine could have are
/// named even where they do not exist; those of programs for developers' machines only where they do.
pub(super) fn usual(around: &Surroundings) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut always = |name: &str, path: Option<PathBuf>| {
        found.extend(path.map(|path| (name.to_owned(), path)));
    };
    let runtime = |path: &str| around.runtime_folder().map(|folder| folder.join(path));
    let linux = around.is_system(&["linux"]);
    always("Docker", Some(around.below_root("var/run/docker.sock")));
    if linux {
        always("Docker (rootless)", runtime("docker.sock"));
        always("Podman", Some(around.below_root("run/podman/podman.sock")));
        always("Podman (rootless)", runtime("podman/podman.sock"));
        always("Docker Desktop", around.below_home(".docker/desktop/docker.sock"));
    } else {
        always("Docker Desktop", around.below_home(".docker/run/docker.sock"));
    }
    for (name, path) in around.home.is_some().then(|| installed(around)).into_iter().flatten() {
        // The same socket by two names is tried once.
        if path.exists() && !found.iter().any(|(_, other)| same(other, &path)) {
            found.push((name, path));
        }
    }
    found
}

/// Sockets of programs that bring an engine in a machine of their own.
fn installed(around: &Surroundings) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut one = |name: &str, path: Option<PathBuf>| {
        found.extend(path.map(|path| (name.to_owned(), path)));
    };
    one("Docker Desktop", around.below_home(".docker/run/docker.sock"));
    one("OrbStack", around.below_home(".orbstack/run/docker.sock"));
    one("Rancher Desktop", around.below_home(".rd/docker.sock"));
    for folder in [around.folder("COLIMA_HOME", ".colima"), around.below_home(".config/colima")] {
        found.extend(profiles("Colima", folder, &["docker.sock"]));
    }
    let lima = around.folder("LIMA_HOME", ".lima");
    found.extend(profiles("Lima", lima, &["sock/docker.sock", "sock/podman.sock"]));
    let machines = around.below_home(".local/share/containers/podman/machine");
    found.extend(machines.iter().map(|folder| ("Podman machine".to_owned(), folder.join("podman.sock"))));
    found.extend(profiles("Podman machine", machines, &["podman.sock"]));
    let temporary = [around.variable("TMPDIR").map(PathBuf::from), around.runtime_folder()];
    for folder in temporary.into_iter().flatten().map(|folder| folder.join("podman")) {
        let sockets = entries(&folder).into_iter().filter(|name| name.ends_with("-api.sock"));
        found.extend(sockets.map(|name| ("Podman machine".to_owned(), folder.join(name))));
    }
    found
}

/// One folder for each profile, `default` first.
fn profiles(name: &str, folder: Option<PathBuf>, sockets: &[&str]) -> Vec<(String, PathBuf)> {
    let Some(folder) = folder else { return Vec::new() };
    let mut names = entries(&folder);
    names.sort_by_key(|name| name != "default");
    let called = |profile: &str| match profile {
        "default" => name.to_owned(),
        profile => format!("{name} ({profile})"),
    };
    let all = names.iter().flat_map(|profile| {
        sockets.iter().map(move |socket| (profile.clone(), Path::new(profile).join(socket)))
    });
    all.map(|(profile, path)| (called(&profile), folder.join(path))).collect()
}

/// Names in a folder, in order; none when it cannot be read.
fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Whether two paths lead to one socket.
pub(super) fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    one == other || real(one) == real(other)
}
