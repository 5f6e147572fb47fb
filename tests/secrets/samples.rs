//! What each rule finds and what it does not. All of it is put together at run time, so that nothing in this file looks
//! like a secret to whoever searches the sources.

use base64::Engine as _;

const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX: &str = "0123456789abcdef";

/// A content that a rule has something to say about, or none.
pub(crate) struct Sample {
    pub rule: Option<&'static str>,
    pub path: &'static str,
    pub text: String,
}

fn found(rule: &'static str, path: &'static str, text: impl Into<String>) -> Sample {
    Sample { rule: Some(rule), path, text: text.into() }
}

fn passed(path: &'static str, text: impl Into<String>) -> Sample {
    Sample { rule: None, path, text: text.into() }
}

/// `count` letters of an alphabet that look random, another text for each seed.
pub(crate) fn random(alphabet: &str, count: usize, seed: u64) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        letters[(state >> 33) as usize % letters.len()]
    };
    (0..count).map(next).collect()
}

fn token(prefix: &[&str], count: usize) -> String {
    prefix.concat() + &random(DIGITS, count, count as u64 + prefix.len() as u64)
}

/// A token of GitHub's or npm's with a right checksum.
pub(crate) fn summed(prefix: &[&str]) -> String {
    let body = random(DIGITS, 30, 7);
    let mut crc = flate2::Crc::new();
    crc.update(body.as_bytes());
    let (mut sum, mut rest) = (String::new(), crc.sum() as usize);
    for _ in 0..6 {
        sum.insert(0, DIGITS.as_bytes()[rest % 62] as char);
        rest /= 62;
    }
    prefix.concat() + &body + &sum
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn url64(text: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// Lines of 64 letters, as keys are written.
fn lines(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(64).map(|line| line.iter().collect::<String>() + "\n").collect()
}

/// An ASN.1 sequence that holds `length` bytes.
fn der(length: usize) -> Vec<u8> {
    let mut bytes = vec![0x30, 0x82, (length >> 8) as u8, length as u8];
    bytes.extend(random(DIGITS, length, 3).bytes());
    bytes
}

pub(crate) fn pem(kind: &str, bytes: &[u8]) -> String {
    let dashes = "-----";
    format!("{dashes}BEGIN {kind}{dashes}\n{}{dashes}END {kind}{dashes}\n", lines(&base64(bytes)))
}

fn key() -> &'static str {
    concat!("PRIVATE", " KEY")
}

fn jwt(claims: &str) -> String {
    let header = url64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    format!("{header}.{}.{}", url64(claims), random(DIGITS, 43, 5))
}

pub(crate) fn samples() -> Vec<Sample> {
    let key = key();
    let openssh = [b"openssh-key-v1\0\0\0\0\x04none".to_vec(), der(300)].concat();
    let locked = [b"openssh-key-v1\0\0\0\0\x0aaes256-ctr".to_vec(), der(300)].concat();
    let pgp = pem(&format!("PGP {key} BLOCK"), &der(400)).replacen(
        '\n',
        "\nVersion: GnuPG v2.0.22 (GNU/Linux)\n\n",
        1,
    );
    let encrypted = pem(&format!("RSA {key}"), &der(600)[4..]).replacen(
        '\n',
        "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n",
        1,
    );
    let rsa = pem(&format!("RSA {key}"), &der(1188));
    let escaped = pem(key, &der(1213)).replace('\n', "\\n");
    let secret40 = random(&format!("{DIGITS}/+"), 40, 11);
    let basic = base64(["robot:", "Jq8vR2xW1z"].concat().as_bytes());
    let password = ["Tr0ub", "4dor&3"].concat();
    let plain = ["c0rrect", "Horse9"].concat();
    let mut all = vec![
        found("private-key", "/root/.ssh/id_rsa", &rsa),
        found("private-key", "/srv/app", format!("\u{0}\u{0}ELF{rsa}\u{0}")),
        found("private-key", "/a.pem", pem(key, &der(300))),
        found("private-key", "/a.pem", pem(&format!("EC {key}"), &der(300))),
        found("private-key", "/root/.ssh/id_ed25519", pem(&format!("OPENSSH {key}"), &openssh)),
        found("private-key", "/a.asc", pgp),
        found("encrypted-private-key", "/a.pem", encrypted),
        found("encrypted-private-key", "/a.pem", pem(&format!("ENCRYPTED {key}"), &der(600))),
        found("encrypted-private-key", "/root/.ssh/id_ed25519", pem(&format!("OPENSSH {key}"), &locked)),
        found("private-key", "/a.pem", pem(&format!("RSA {key}"), &der(900)[..300])),
        found("private-key-base64", "/secret.yml", format!("data:\n  key: {}\n", base64(rsa.as_bytes()))),
        passed("/secret.yml", base64(pem("CERTIFICATE", &der(900)).as_bytes())),
        found("private-key", "/a.json", format!("{{\"key\": \"{escaped}\"}}")),
        found("private-key", "/a.yml", rsa.replace('\n', "\n    ")),
        passed("/a.pem", pem("CERTIFICATE", &der(900))),
        passed("/a.pem", pem(concat!("PUBLIC", " KEY"), &der(300))),
        passed("/doc", format!("-----BEGIN {key}-----\nMIIEvQ...\n-----END {key}-----\n")),
        passed(
            "/doc",
            format!(
                "-----BEGIN {key}-----\n{}-----END {key}-----\n",
                lines(&"MIIEvQIBADANBgkqhkiG".repeat(20))
            ),
        ),
        passed(
            "/doc",
            format!("-----BEGIN {key}-----\n{}-----END {key}-----\n", lines(&random(DIGITS, 80, 9))),
        ),
        passed(
            "/app/openpgp.js",
            format!(
                "push('-----BEGIN PGP {key} BLOCK-----\\n');\npush(addheader(customComment, config));\npush(encode(body));\ncheck && push('=', sumOf(check));\npush('-----END PGP {key} BLOCK-----');"
            ),
        ),
        passed("/usr/lib/python3/site-packages/Crypto/SelfTest/a.py", &rsa),
        passed("/app/node_modules/url/a.test.ts", &rsa),
        passed("/lib.so", format!("-----BEGIN {key}-----\u{0}-----END {key}-----\u{0}")),
        passed("/usr/lib/python3.11/test/keycert.pem", &rsa),
        passed("/app/node_modules/x/test/key.pem", &rsa),
        passed("/etc/ssl/private/ssl-cert-snakeoil.key", &rsa),
        found(
            "google-service-account",
            "/app/account.json",
            format!("{{\"type\": \"service_account\", \"private_key\": \"{escaped}\"}}"),
        ),
        found(
            "putty-key",
            "/a.ppk",
            format!(
                "{}-2: ssh-rsa\nEncryption: none\nComment: a\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 2\n{}",
                concat!("PuTTY-User-", "Key-File"),
                lines(&base64(&der(90)))
            ),
        ),
        found(
            "age-key",
            "/key.txt",
            ["AGE-SECRET-", "KEY-1", &random("023456789ACDEFGHJKLMNPQRSTUVWXYZ", 58, 1)].concat(),
        ),
        found("aws-access-key-id", "/etc/x", format!("id = {}", ["AK", "IA", "2E0A8F3B244C9986"].concat())),
        passed("/etc/x", ["AK", "IAIOSFODNN7EXAMPLE"].concat()),
        passed("/etc/x", ["xAK", "IA2E0A8F3B244C9986"].concat()),
        found(
            "aws-secret-access-key",
            "/root/.aws/credentials",
            format!("aws_{}_access_key = {secret40}", "secret"),
        ),
        found("aws-secret-access-key", "/a.js", format!("{{ secret{}: '{secret40}' }}", "AccessKey")),
        passed("/a", format!("aws_{}_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "secret")),
        passed("/a", format!("aws_{}_access_key = {}", "secret", "a".repeat(40))),
        found("azure-storage-key", "/a", format!("Account{}={}==;", "Key", random(DIGITS, 86, 2))),
        found("azure-shared-access-key", "/a", format!("SharedAccess{}={}=;", "Key", random(DIGITS, 43, 2))),
        found("azure-client-secret", "/a.py", ["secret = 'aB1", "8Q~", &random(DIGITS, 34, 1), "'"].concat()),
        found("google-api-key", "/a", token(&["AI", "za"], 35)),
        passed("/a", token(&["AI", "za"], 30)),
        found("google-oauth-secret", "/a", token(&["GOC", "SPX-"], 28)),
        found(
            "google-application-credentials",
            "/root/.config/gcloud/application_default_credentials.json",
            format!("{{\"refresh_{}\": \"1//0{}\"}}", "token", random(DIGITS, 60, 4)),
        ),
        found("digitalocean-token", "/a", ["dop", "_v1_", &random(HEX, 64, 1)].concat()),
        found("github-token", "/a", summed(&["gh", "p_"])),
        found("github-token", "/a", token(&["gh", "s_"], 36)),
        passed("/a", ["gh", "p_", &"a1".repeat(18)].concat()),
        passed("/a", ["gh", "p_", "EXAMPLEexample", &random(DIGITS, 22, 1)].concat()),
        passed("/a", token(&["gh", "p_"], 35)),
        found(
            "github-fine-grained-token",
            "/a",
            ["github", "_pat_", &random(DIGITS, 22, 1), "_", &random(DIGITS, 59, 2)].concat(),
        ),
        found("gitlab-token", "/a", token(&["gl", "pat-"], 20)),
        passed("/a", ["gl", "pat-", &"x".repeat(20)].concat()),
        found("npm-token", "/a", summed(&["np", "m_"])),
        passed("/a.c", format!("{}config_registry_url_of_the_default_scope_", "npm_")),
        found("pypi-token", "/a", token(&["py", "pi-AgEIcHlwaS5vcmc"], 80)),
        found("rubygems-token", "/a", ["rubygems", "_", &random(HEX, 48, 1)].concat()),
        found("docker-token", "/a", token(&["dckr", "_pat_"], 27)),
        found(
            "docker-config",
            "/root/.docker/config.json",
            format!("{{\"auths\":{{\"r.io\":{{\"auth\": \"{basic}\"}}}}}}"),
        ),
        passed("/root/.docker/config.json", "{\"auths\":{\"r.io\":{}}, \"auth\": \"plain\"}"),
        found("docker-config", "/root/.docker/config.json", format!("{{\"pass{}\": \"{plain}\"}}", "word")),
        passed("/etc/other.json", format!("{{\"auth\": \"{basic}\"}}")),
        found("npmrc", "/root/.npmrc", format!("//r.io/:_auth{}=0a1b2c3d-4e5f", "Token")),
        passed("/root/.npmrc", format!("//r.io/:_auth{}=${{NPM_TOKEN}}", "Token")),
        passed("/root/.npmrc", "registry=https://r.io/\n# _auth = secret12"),
        found("pypirc", "/root/.pypirc", format!("[pypi]\nusername = me\npassword = {plain}\n")),
        found("netrc", "/root/.netrc", format!("machine r.io\n  login me\n  password {plain}\n")),
        passed("/root/.netrc", "machine r.io login me password $TOKEN"),
        found("git-credentials", "/root/.git-credentials", format!("https://me:{plain}@git.io\n")),
        found(
            "cargo-credentials",
            "/root/.cargo/credentials.toml",
            format!("[registry]\ntoken = \"{}\"", random(DIGITS, 32, 3)),
        ),
        found(
            "gem-credentials",
            "/root/.gem/credentials",
            format!(":rubygems_api_key: {}", random(HEX, 48, 3)),
        ),
        found(
            "maven-settings",
            "/root/.m2/settings.xml",
            format!("<server><password>{plain}</password></server>"),
        ),
        passed("/root/.m2/settings.xml", "<server><password>${env.PASS}</password></server>"),
        found(
            "kubeconfig",
            "/root/.kube/config",
            format!("users:\n- user:\n    client-key-data: {}\n", base64(&der(60))),
        ),
        found(
            "service-account-token",
            "/run/secrets/kubernetes.io/serviceaccount/token",
            format!("eyJ{}", random(DIGITS, 90, 3)),
        ),
        found("vault-token", "/a", token(&["hv", "s."], 90)),
        found(
            "terraform-token",
            "/root/.terraform.d/credentials.tfrc.json",
            format!("{{\"token\": \"{}\"}}", random(DIGITS, 40, 3)),
        ),
        found("slack-token", "/a", ["xox", "b-2385601234-2385607654-", &random(DIGITS, 24, 1)].concat()),
        passed("/a", ["xox", "b-your-token-here"].concat()),
        found(
            "slack-app-token",
            "/a",
            ["xapp", "-1-A0B1C2D3E4-2385607654129-", &random(HEX, 64, 1)].concat(),
        ),
        found(
            "slack-webhook",
            "/a",
            ["https://hooks.slack.com/", "services/T0B1C2D3E/B0F1G2H3J/", &random(DIGITS, 24, 1)].concat(),
        ),
        passed("/a", ["https://hooks.slack.com/", "services/T00000000/B00000000/", &"X".repeat(24)].concat()),
        found("stripe-key", "/a", token(&["sk_", "live_"], 24)),
        passed("/a", token(&["sk_", "test_"], 24)),
        found(
            "sendgrid-key",
            "/a",
            ["S", "G.", &random(DIGITS, 22, 1), ".", &random(DIGITS, 43, 2)].concat(),
        ),
        found(
            "openai-key",
            "/a",
            ["sk-proj-", &random(DIGITS, 30, 1), "T3Blb", "kFJ", &random(DIGITS, 30, 2)].concat(),
        ),
        found("anthropic-key", "/a", token(&["sk-", "ant-api03-"], 95)),
        found("huggingface-token", "/a", ["h", "f_", &random(&DIGITS[10..], 34, 1)].concat()),
        found(
            "discord-webhook",
            "/a",
            format!("https://discord.com/api/{}/123456789012345678/{}", "webhooks", random(DIGITS, 68, 1)),
        ),
        found("linear-key", "/a", token(&["lin", "_api_"], 40)),
        found("newrelic-key", "/a", ["NR", "AK-", &random(&DIGITS[..36], 27, 1)].concat()),
        found("doppler-token", "/a", token(&["dp.", "pt."], 43)),
        found("openrouter-key", "/a", ["sk-or", "-v1-", &random(HEX, 64, 1)].concat()),
        found("groq-key", "/a", token(&["gs", "k_"], 52)),
        found("replicate-token", "/a", token(&["r", "8_"], 37)),
        found("supabase-token", "/a", ["sb", "p_", &random(HEX, 40, 1)].concat()),
        found("pulumi-token", "/a", ["pu", "l-", &random(HEX, 40, 1)].concat()),
        found("postman-key", "/a", ["PM", "AK-", &random(HEX, 24, 1), "-", &random(HEX, 34, 2)].concat()),
        found("figma-token", "/a", token(&["fi", "gd_"], 40)),
        found("sentry-token", "/a", ["snt", "ryu_", &random(HEX, 64, 1)].concat()),
        found("shopify-token", "/a", ["shp", "at_", &random(HEX, 32, 1)].concat()),
        found("grafana-token", "/a", ["gls", "a_", &random(DIGITS, 32, 1), "_", &random(HEX, 8, 1)].concat()),
        found("databricks-token", "/a", ["dap", "i", &random(HEX, 32, 1)].concat()),
        found("atlassian-token", "/a", token(&["ATAT", "T3"], 186)),
        found(
            "jwt",
            "/app/config.js",
            format!("const token = '{}'", jwt("{\"sub\":\"robot\",\"iss\":\"shop\"}")),
        ),
        passed("/app/config.js", jwt("{\"sub\":\"1\",\"name\":\"John Doe\"}")),
        passed("/app/README.md", jwt("{\"sub\":\"robot\",\"iss\":\"shop\"}")),
        found(
            "authorization-header",
            "/a.sh",
            format!("curl -H 'Authorization: Bearer {}'", random(DIGITS, 40, 1)),
        ),
        passed("/a.sh", "curl -H \"Authorization: Bearer $TOKEN_OF_THE_REGISTRY\""),
        found(
            "url-password",
            "/app/settings.py",
            format!("postgresql+psycopg2://shop:{plain}@db.internal:5432/shop"),
        ),
        passed("/app/settings.py", "postgres://user:password@localhost/db"),
        passed("/app/settings.py", "postgres://user:secretword@localhost/db"),
        passed("/app/urls.py", "https://jo%40post.org:a%20secret@m.org:1234/pa%20th"),
        passed("/app/bus.py", "azureservicebus://POLICY_NAME:SAS_KEY_VALUE@namespace"),
        found("url-password", "/app/.env", format!("DATABASE_URL=postgres://shop:{plain}@localhost/db\n")),
        passed("/app/.env", format!("DATABASE_URL=postgres://shop:{plain}@db.example.com/db\n")),
        passed("/app/settings.py", "https://example.com:8080/@scope/name"),
        passed("/app/settings.py", "redis://:${REDIS_PASSWORD}@db.internal"),
        found("dotenv", "/app/.env", format!("DB_PASSWORD={plain}\n")),
        found("dotenv", "/app/.env.production", format!("export API_TOKEN=\"{}\"\n", random(HEX, 24, 1))),
        found("dotenv", "/app/.env", format!("APP_SECRET='{password}'\n")),
        passed(
            "/app/.env",
            "DB_PASSWORD=changeme\nTOKEN_TTL=86400000\nDEBUG=true\nSECRET_FILE=/run/secrets/a\n",
        ),
        passed("/app/.env.example", format!("DB_PASSWORD={plain}\n")),
        found("assigned-secret", "/app/settings.py", format!("DB_PASSWORD = '{plain}'\n")),
        found("assigned-secret", "/app/shop/settings.py", format!("{{'PASSWORD': '{plain}'}}\n")),
        found(
            "assigned-secret",
            "/app/settings/prod.py",
            format!("SECRET_KEY = 'django-insecure-{password}x1y'\n"),
        ),
        found("assigned-secret", "/srv/main.tfstate", format!("{{\"master_password\": \"{plain}\"}}\n")),
        passed(
            "/app/settings.py",
            "DB_PASSWORD = os.environ['DB_PASSWORD1']\nLOGIN_PASSWORD_LABEL = 'a1b2c3d4'\n",
        ),
        passed("/app/config.json", "{\"password\": \"Passwort\", \"token\": \"Schluessel\"}"),
        passed("/usr/lib/python3/dist-packages/x/settings.py", format!("DB_PASSWORD = '{plain}'\n")),
        passed("/app/main.py", format!("DB_PASSWORD = '{plain}'\n")),
        found("plain-assigned-secret", "/app/config.yaml", format!("db:\n  password: {plain}\n")),
        found("plain-assigned-secret", "/app/start.sh", format!("export API_TOKEN={}\n", random(HEX, 24, 1))),
        found(
            "plain-assigned-secret",
            "/etc/systemd/system/a.service",
            format!("Environment=DB_PASSWORD={plain}\n"),
        ),
        found("plain-assigned-secret", "/root/.bash_history", format!("export DB_PASSWORD={plain}\n")),
        passed(
            "/app/start.sh",
            "export API_TOKEN=$1 DB_PASSWORD=${DB_PASSWORD:-} TOKEN=$(cat /run/token1)\n",
        ),
        passed("/app/config.yaml", "password: required\ntoken: none\nsecretName: shop-tls1\n"),
        found(
            "connection-string",
            "/app/appsettings.json",
            format!("{{\"d\": \"Server=db;User Id=sa;Password={plain};\"}}"),
        ),
        passed("/app/web.config", "Server=db;Password={0};Pwd=%PWD%;"),
        found("secret-file", "/run/secrets/db", plain.as_str()),
        found("curl-user", "/root/.bash_history", format!("curl -u me:{plain} https://db.internal\n")),
        found("chpasswd", "/app/Dockerfile", format!("RUN echo root:{plain} | chpasswd\n")),
        found(
            "config-password",
            "/app/application-prod.properties",
            format!("spring.datasource.password={plain}\n"),
        ),
        found(
            "config-password",
            "/app/appsettings.Production.json",
            format!("{{ \"ClientSecret\": \"{plain}\" }}"),
        ),
        found("config-password", "/app/config/database.yml", format!("production:\n  password: {plain}\n")),
        passed("/app/config/database.yml", "production:\n  password: <%= ENV['DB_PASSWORD'] %>\n"),
        found("wordpress-config", "/var/www/wp-config.php", format!("define('DB_PASSWORD', '{plain}');")),
        found("pgpass", "/root/.pgpass", format!("db:5432:*:shop:{plain}\n")),
        found("rails-master-key", "/app/config/master.key", random(HEX, 32, 1)),
        found("password-hash", "/etc/shadow", format!("root:$6$abcd${}:19000:0:", random(DIGITS, 86, 1))),
        passed("/etc/shadow", "root:*:19000:0:99999:7:::\ndaemon:!:19000:0:::\n"),
    ];
    // In text, rules with letters that must match do so in the middle of a line as well.
    all.push(found(
        "github-token",
        "/a.json",
        format!("{{\"a\":1}}\n\n  \"t\": \"{}\",\n", summed(&["gh", "o_"])),
    ));
    all
}
