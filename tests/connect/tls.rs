//! A dockerd that demands certificates.

use std::process::{Command, Stdio};
use std::time::Duration;

use hadal::engine::Surroundings;

use crate::place::Place;
use crate::{Daemon, fake, free_port, have, look, sh, within};

/// An authority, and a second one that nobody trusts; the engine's certificate, and one for a client from each.
const CERTIFICATES: &str = r#"
    authority() {
        mkdir -p $1
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hadal-test-$1 \
            -keyout $1/ca-key.pem -out $1/ca.pem -addext keyUsage=critical,keyCertSign
    }
    certificate() {
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=hadal-test -keyout $2-key.pem -out $2.csr
        printf "extendedKeyUsage=$3\n$4\n" > $2.ext
        openssl x509 -req -in $2.csr -CA $1/ca.pem -CAkey $1/ca-key.pem -CAcreateserial -days 2 -extfile $2.ext -out $2-cert.pem
    }
    authority ours
    authority theirs
    certificate ours server serverAuth subjectAltName=IP:127.0.0.1
    certificate ours client clientAuth
    certificate theirs stranger clientAuth
    folder() {
        mkdir $1
        cp $2/ca.pem $1/
        if [ -n "${3:-}" ]; then cp $3-cert.pem $1/cert.pem; cp ${4:-$3}-key.pem $1/key.pem; fi
    }
    folder good ours client
    folder wrong-ca theirs client
    folder nobody ours
    folder stranger ours stranger
    folder mixed ours client stranger
    folder no-ca ours client
    rm no-ca/ca.pem
    folder junk ours client
    echo 'no certificate' > junk/ca.pem
"#;

/// dockerd at a port, with the certificates of a folder.
fn dockerd(place: &Place) -> (Daemon, u16) {
    let port = free_port();
    std::fs::write(place.path("daemon.json"), "{}").unwrap();
    let log = std::fs::File::create(place.path("log")).unwrap();
    let mut command = Command::new("dockerd");
    command
        .args(["--config-file", &place.path("daemon.json"), "--pidfile", &place.path("pid")])
        .args(["--data-root", &place.path("root"), "--exec-root", &place.path("exec")])
        .args(["--bridge", "none", "--iptables=false", "--ip6tables=false"])
        .args(["--tlsverify", "--tlscacert", &place.path("ours/ca.pem")])
        .args(["--tlscert", &place.path("server-cert.pem"), "--tlskey", &place.path("server-key.pem")])
        .args(["--host", &format!("tcp://127.0.0.1:{port}")])
        .stdin(Stdio::null())
        .stderr(log.try_clone().unwrap())
        .stdout(log);
    let mut daemon = Daemon(command.spawn().unwrap());
    let log = || std::fs::read_to_string(place.path("log")).unwrap_or_default();
    let ready = || log().contains("API listen on");
    let patience = Duration::from_secs(60);
    let ready = within(patience, || ready() || daemon.0.try_wait().unwrap().is_some()) && ready();
    assert!(ready, "{}", log());
    (daemon, port)
}

fn surroundings(place: &Place, variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Surroundings {
        variables: variables.collect(),
        home: Some(place.path("home").into()),
        root: place.path("").into(),
        system: "linux".to_owned(),
        ..Surroundings::default()
    }
}

#[test]
fn certificates_open_the_door_and_what_is_wrong_with_them_is_said() {
    if !have(&["dockerd", "docker", "openssl"]) {
        return;
    }
    let place = Place::new();
    sh(&place.path(""), CERTIFICATES);
    let (_daemon, port) = dockerd(&place);
    let plain = fake::at_port();
    let secure = format!("tcp://127.0.0.1:{port}");
    for (url, folder, switch, expected) in [
        (secure.clone(), "good", "DOCKER_TLS_VERIFY", Ok(())),
        (format!("https://127.0.0.1:{port}"), "good", "", Ok(())),
        // Whoever does not ask who it is talks to anyone.
        (secure.clone(), "wrong-ca", "DOCKER_TLS", Ok(())),
        (secure.clone(), "wrong-ca", "DOCKER_TLS_VERIFY", Err("is not signed by the authority in ")),
        (secure.clone(), "no-ca", "DOCKER_TLS_VERIFY", Err("DOCKER_CERT_PATH")),
        (secure.clone(), "nobody", "DOCKER_TLS_VERIFY", Err("it wants a client certificate; put cert.pem")),
        (secure.clone(), "nobody", "DOCKER_TLS", Err("it wants a client certificate; put cert.pem")),
        (secure.clone(), "stranger", "DOCKER_TLS_VERIFY", Err("it does not accept the certificate in ")),
        (secure.clone(), "mixed", "DOCKER_TLS_VERIFY", Err("do not make an identity")),
        (secure.clone(), "junk", "DOCKER_TLS_VERIFY", Err("no certificate is in ")),
        (format!("https://localhost:{port}"), "good", "", Err("its certificate is for another name")),
        (secure.clone(), "good", "", Err("it wants TLS; use https://")),
        (format!("tcp://127.0.0.1:{plain}"), "good", "", Ok(())),
        (format!("tcp://127.0.0.1:{plain}"), "good", "DOCKER_TLS_VERIFY", Err("it does not speak TLS there")),
        (
            format!("tcp://127.0.0.1:{}", free_port()),
            "good",
            "DOCKER_TLS_VERIFY",
            Err("nothing listens there"),
        ),
    ] {
        let folder_path = place.path(folder);
        let mut variables = vec![("DOCKER_HOST", url.as_str()), ("DOCKER_CERT_PATH", &folder_path)];
        variables.extend((!switch.is_empty()).then_some((switch, "1")));
        let found = look(&surroundings(&place, &variables));
        match (&found, expected) {
            (Ok(title), Ok(())) => assert!(title.starts_with("docker "), "{url} {folder} {switch}: {title}"),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{url} {folder} {switch}: {why}"),
            _ => panic!("{url} {folder} {switch}: {found:?}"),
        }
    }
    contexts(&place, &secure);
}

/// What docker's own program writes for a context is enough to get there.
fn contexts(place: &Place, url: &str) {
    let create = |name: &str, more: &str| {
        let docker = format!("host={url},{more}");
        let mut command = Command::new("docker");
        command.args(["context", "create", name, "--docker", &docker]);
        let output = command.env("DOCKER_CONFIG", place.path("home/.docker")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let identity = |folder: &str| format!("cert={0}/cert.pem,key={0}/key.pem", place.path(folder));
    create("hadal-test-good", &format!("ca={}/ca.pem,{}", place.path("good"), identity("good")));
    create("hadal-test-any", &format!("skip-tls-verify=true,{}", identity("good")));
    create("hadal-test-wrong", &format!("ca={}/ca.pem,{}", place.path("wrong-ca"), identity("good")));
    let with = |name: &str| look(&surroundings(place, &[("DOCKER_CONTEXT", name)]));
    assert!(with("hadal-test-good").is_ok(), "{:?}", with("hadal-test-good"));
    assert!(with("hadal-test-any").is_ok(), "{:?}", with("hadal-test-any"));
    assert!(with("hadal-test-wrong").unwrap_err().contains("is not signed by the authority"));
    // A place that was offered by its URL keeps its certificates.
    let shown = with("hadal-test-good").unwrap();
    let url = shown.rsplit(' ').next().unwrap();
    assert!(url.starts_with("https://"), "{shown}");
    let picked = look(&surroundings(place, &[("DOCKER_CONTEXT", "hadal-test-wrong")]).with_engine(url));
    assert!(picked.is_ok(), "{picked:?}");
}
