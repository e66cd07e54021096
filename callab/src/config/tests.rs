use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;

use super::*;

fn variables(variables: &[(&str, &str)]) -> HashMap<String, String> {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn from_environment(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(None, variables(settings))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The names of the settings that are wrong, in the order in which they are told.
fn wrong(loaded: Result<Config, ConfigError>) -> Vec<String> {
    match loaded {
        Err(ConfigError::Wrong(wrong)) => wrong.into_iter().map(|setting| setting.name).collect(),
        Err(error) => panic!("{error}"),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn the_defaults_are_whole_and_those_of_the_domain() {
    let config = from_environment(&[]).unwrap();
    assert_eq!(format!("{:?}", config.limits()), format!("{:?}", Limits::default()));
    assert_eq!((config.database.url.is_none(), config.http.public_url), (true, None));
    assert_eq!(config.requests.connections, api::ConnectionLimits::default());
    let worker = worker::Options::default();
    assert_eq!(
        (config.worker.slots, config.worker.sweep_every),
        (worker.slots, worker.sweep_every)
    );
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let file = file("[http]\nlisten = '127.0.0.1:1'\npublic_url = 'https://from.file.example/'\n[worker]\nslots = 3\n");
    let environment = variables(&[
        ("CALLAB__HTTP__LISTEN", "127.0.0.1:2"),
        ("OTHER", "x"),
        ("CALLAB_URL", "x"),
    ]);
    let config = Config::load(Some(file.path()), environment).unwrap();
    assert_eq!(config.http.listen.port(), 2, "environment over file");
    assert_eq!(config.worker.slots.get(), 3, "file over default");
    assert_eq!(config.http.public_url.as_deref(), Some("https://from.file.example"));
    assert_eq!(
        config.worker.lease,
        Duration::from_secs(36),
        "the default, where nobody says otherwise"
    );
}

#[test]
fn every_wrong_setting_is_named_at_once() {
    let file = file("datadir = 'x'\n[http]\nlisten = 'here'\n[worker]\nslots = 0\nlease_s = true\n");
    let environment = variables(&[
        ("CALLAB__QUEUE__URL", "redis://127.0.0.1"),
        ("CALLAB__HTTP__PUBLIC_URL", "http://byot.callab.example"),
        ("CALLAB__LOG__FORMAT", "xml"),
        ("CALLAB__LOG__FILTER", "callab=loud"),
        ("CALLAB__CALLS__ECHO_LINES", "+14155550100, 0171"),
        ("CALLAB__TWILIO__BASE_URL", "https://api.twilio.com"),
    ]);
    let mut names = wrong(Config::load(Some(file.path()), environment));
    names.sort();
    assert_eq!(
        names,
        [
            "calls.echo_lines",
            "datadir",
            "http.listen",
            "http.public_url",
            "log.filter",
            "log.format",
            "queue.url",
            "twilio.base_url",
            "worker.lease_s",
            "worker.slots",
        ]
    );
}

#[test]
fn a_number_is_kept_within_its_bounds() {
    let page_size = |size: &str| wrong(from_environment(&[("CALLAB__ACCOUNTS__SYNC_PAGE_SIZE", size)])).is_empty();
    assert!(page_size("1") && page_size("1000"));
    assert!(!page_size("0") && !page_size("1001") && !page_size("-1") && !page_size("1.5"));
}

#[test]
fn an_unknown_setting_is_told_with_its_variable_and_where_it_comes_from() {
    let error = from_environment(&[("CALLAB__HTTP__LISTNE", "127.0.0.1:1")])
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "one setting is wrong in the configuration:\n  \
         http.listne (CALLAB__HTTP__LISTNE): there is no such setting (from the environment)"
    );
    assert_eq!(wrong(from_environment(&[("CALLAB__HTTP", "x")])), ["http"]);
}

#[test]
fn settings_that_do_not_go_together_are_named() {
    for (settings, name) in [
        (&[("CALLAB__TWILIO__TIMEOUT_S", "5")][..], "twilio.connect_timeout_s"),
        (&[("CALLAB__TWILIO__TIMEOUT_S", "30")], "twilio.timeout_s"),
        (&[("CALLAB__WORKER__LEASE_S", "35")], "worker.lease_s"),
        (&[("CALLAB__DATABASE__WAIT_S", "40")], "worker.lease_s"),
        (&[("CALLAB__ACCOUNTS__CHECK_EVERY_S", "30")], "accounts.confirm_after_s"),
        (
            &[("CALLAB__DATABASE__URL", "postgres://u@db.example/callab")],
            "vault.key_file",
        ),
        (&[("CALLAB__REDIS__URL", "redis://redis.example")], "redis.url"),
        (
            &[
                ("CALLAB__REDIS__URL", "redis://redis.example"),
                ("CALLAB__DATABASE__URL", "sqlite:///var/lib/callab.db"),
            ],
            "redis.url",
        ),
    ] {
        assert_eq!(wrong(from_environment(settings)), [name], "{settings:?}");
    }
}

#[test]
fn mails_are_sent_where_a_server_is_named_with_all_it_needs() {
    let smtp = |settings: &[(&str, &str)]| {
        let settings: Vec<(String, &str)> = settings
            .iter()
            .map(|(name, value)| (format!("CALLAB__SMTP__{name}"), *value))
            .collect();
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        from_environment(&settings).map(|config| config.smtp)
    };
    let (host, from) = (("HOST", "mail.example"), ("FROM", "Callab <alerts@callab.example>"));
    assert_eq!(smtp(&[]).unwrap(), None);
    assert_eq!(
        smtp(&[from, ("PORT", "25")]).unwrap(),
        None,
        "without a server nothing is sent"
    );
    let plain = smtp(&[host, from]).unwrap().unwrap();
    assert_eq!((plain.port, plain.tls, plain.login), (587, SmtpTls::StartTls, None));
    let login = [
        host,
        from,
        ("USER", "callab"),
        ("PASSWORD_FILE", "/run/secrets/smtp"),
        ("TLS", "tls"),
    ];
    assert_eq!(smtp(&login).unwrap().unwrap().login.unwrap().user, "callab");
    for (settings, name) in [
        (&[host][..], "smtp.from"),
        (&[host, ("FROM", "nobody")], "smtp.from"),
        (&[host, from, ("TLS", "perhaps")], "smtp.tls"),
        (&[host, from, ("PORT", "0")], "smtp.port"),
        (&[host, from, ("USER", "callab")], "smtp.user"),
        (&[host, from, ("PASSWORD_FILE", "/run/secrets/smtp")], "smtp.user"),
        (&[&login[..4], &[("TLS", "none")]].concat(), "smtp.tls"),
    ] {
        match smtp(settings) {
            Err(ConfigError::Wrong(wrong)) => assert_eq!(wrong[0].name, name, "{settings:?}"),
            other => panic!("{settings:?}: {other:?}"),
        }
    }
}

#[test]
fn a_public_address_is_one_that_twilio_can_use() {
    let public_url = |url: &str| wrong(from_environment(&[("CALLAB__HTTP__PUBLIC_URL", url)])).is_empty();
    for url in [
        "",
        "https://byot.callab.example",
        "https://callab.example:8443/byot/",
        "http://127.0.0.1:8080",
        "http://[::1]:1",
    ] {
        assert!(public_url(url), "{url}");
    }
    for url in [
        "byot.callab.example",
        "http://byot.callab.example",
        "ftp://127.0.0.1",
        "https://my_host.example",
        "https://u:p@callab.example",
        "https://callab.example?a=b",
        "https://callab.example#x",
    ] {
        assert!(!public_url(url), "{url}");
    }
}

#[test]
fn pages_are_allowed_by_their_exact_origin() {
    let allowed = |origins: &str| from_environment(&[("CALLAB__HTTP__ALLOWED_ORIGINS", origins)]);
    let listed = allowed("https://app.callab.example, http://localhost:3000").unwrap();
    assert_eq!(listed.http.allowed_origins.len(), 2);
    assert!(from_environment(&[]).unwrap().http.allowed_origins.is_empty());
    for bad in [
        "*",
        "https://*.callab.example",
        "https://app.callab.example/",
        "http://app.callab.example",
        "https://app.callab.example, null",
    ] {
        assert_eq!(wrong(allowed(bad)), ["http.allowed_origins"], "{bad}");
    }
}

#[test]
fn a_proxy_is_an_address_or_a_network_and_every_wrong_one_is_told() {
    let trusted = |proxies: &str| from_environment(&[("CALLAB__HTTP__TRUSTED_PROXIES", proxies)]);
    let some = trusted("10.0.0.0/8, 192.0.2.1, fd00::/8").unwrap().http.trusted_proxies;
    for (address, is_one) in [
        ("10.1.2.3", true),
        ("192.0.2.1", true),
        ("192.0.2.2", false),
        ("fd00::1", true),
    ] {
        assert_eq!(some.has(address.parse().unwrap()), is_one, "{address}");
    }
    let nobody = from_environment(&[]).unwrap().http.trusted_proxies;
    assert!(!nobody.has("127.0.0.1".parse().unwrap()), "not even this machine");
    let error = trusted("10.0.0.1/8, proxy.internal, 0.0.0.0/0")
        .unwrap_err()
        .to_string();
    assert!(error.contains("3 settings are wrong"), "{error}");
    assert!(
        error.contains("http.trusted_proxies (CALLAB__HTTP__TRUSTED_PROXIES): entry 3 is everybody"),
        "{error}"
    );
}

#[test]
fn a_redis_goes_with_a_database_server() {
    let with = |url: &str, prefix: &str| {
        from_environment(&[
            ("CALLAB__DATABASE__URL", "postgres://u@db.example/callab"),
            ("CALLAB__VAULT__KEY_FILE", "/etc/callab/master.key"),
            ("CALLAB__REDIS__URL", url),
            ("CALLAB__REDIS__PREFIX", prefix),
        ])
    };
    for url in [
        "redis://127.0.0.1",
        "redis://:p%40ss@redis.example:6380/2",
        "rediss://callab:p@redis.example",
    ] {
        let redis = with(url, "callab:eu-1").unwrap().redis;
        assert_eq!(redis.url.unwrap().expose_secret(), url);
        assert_eq!(redis.prefix, "callab:eu-1");
    }
    assert!(with("", "callab").unwrap().redis.url.is_none());
    for url in [
        "redis.example:6379",
        "redis://",
        "http://redis.example",
        "unix:///run/redis.sock",
        "rediss://redis.example/#insecure",
    ] {
        assert_eq!(wrong(with(url, "callab")), ["redis.url"], "{url}");
    }
    for prefix in ["", "two words", "{callab}", &"a".repeat(65)] {
        assert_eq!(wrong(with("", prefix)), ["redis.prefix"], "{prefix}");
    }
}

#[test]
fn secrets_are_neither_shown_nor_printed() {
    let error = from_environment(&[
        ("CALLAB__AUTH__HS256_SECRET", "tooshort-hunter2"),
        ("CALLAB__DATABASE__URL", "mysql://u:hunter2@db.example/callab"),
        ("CALLAB__REDIS__URL", "http://:hunter2@redis.example"),
    ])
    .unwrap_err();
    assert!(error.to_string().contains("3 settings are wrong"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));

    let secret = "hunter2hunter2hunter2hunter2hunter2";
    let config = from_environment(&[
        ("CALLAB__AUTH__HS256_SECRET", secret),
        ("CALLAB__DATABASE__URL", "postgres://u:hunter2@db.example/callab"),
        ("CALLAB__VAULT__KEY_FILE", "/etc/callab/master.key"),
        ("CALLAB__REDIS__URL", "redis://:hunter2@redis.example"),
    ])
    .unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

/// Whatever was put into whichever setting by mistake: it is named, and what is in it is not repeated.
#[test]
fn no_wrong_setting_is_repeated() {
    let (mut section, mut refused) = (String::new(), 0);
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}__", name.trim_end_matches(']'));
        }
        let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let variable = format!("CALLAB__{section}{name}").to_uppercase();
        for value in [
            "hunter2",
            "postgres://callab:hunter2/&@db",
            "https://u:hunter2@h.example/ x",
            "1,hunter2 hunter2",
        ] {
            if let Err(error) = from_environment(&[(&variable, value)]) {
                refused += 1;
                assert!(!format!("{error} {error:?}").contains("hunter2"), "{variable}: {error}");
            }
        }
    }
    assert!(refused > 150, "{refused}");
}

/// Whoever adds a setting says what it does and in which unit.
#[test]
fn every_default_has_a_comment() {
    let mut above = "";
    let mut settings = 0;
    for line in DEFAULTS.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(above.starts_with("# "), "no comment above `{line}`");
            let is_duration = line.split(" = ").next().is_some_and(|name| name.ends_with("_s"));
            assert!(!is_duration || above.contains("econds"), "no unit above `{line}`");
            settings += 1;
        }
        above = line;
    }
    assert!(settings > 30, "the settings were found");
}

#[test]
fn a_file_with_master_keys_is_its_owners_alone() {
    let file = file("[vault]\nkeys = 'AGE-SECRET-KEY-1HUNTER2'\n");
    for (mode, is_taken) in [
        (0o600, true),
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o644, false),
    ] {
        std::fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        let loaded = Config::load(Some(file.path()), HashMap::new());
        let said = loaded.as_ref().err().map(ToString::to_string).unwrap_or_default();
        assert!(!said.contains("HUNTER2"), "{said}");
        assert_eq!(
            said.contains(&format!("has mode {mode:04o} and is open to others")),
            !is_taken,
            "{said}"
        );
        assert_eq!(
            wrong(loaded),
            if is_taken { &[][..] } else { &["vault.keys"] },
            "{mode:o}"
        );
    }
}

#[test]
fn other_secrets_in_a_file_that_others_may_read_are_told() {
    let told = |text: &str, mode: u32| {
        let file = file(text);
        std::fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        let environment = variables(&[("CALLAB__VAULT__KEY_FILE", "master.key")]);
        let config = Config::load(Some(file.path()), environment).unwrap();
        config.exposed.map(|exposed| (exposed.mode, exposed.settings.join(" ")))
    };
    let secrets = "[auth]\nhs256_secret = '0123456789abcdef0123456789abcdef'\n\
                   [database]\nurl = 'postgres://callab:hunter2@db/callab'\n[redis]\nurl = 'redis://:hunter2@cache'\n";
    let named = "auth.hs256_secret database.url redis.url".to_owned();
    assert_eq!(told(secrets, 0o644), Some((0o644, named.clone())));
    assert_eq!(told(secrets, 0o640), Some((0o640, named)));
    assert_eq!(told(secrets, 0o600), None);
    let in_query = "[database]\nurl = 'postgres://callab@db/callab?password=hunter2'\n";
    assert_eq!(told(in_query, 0o644), Some((0o644, "database.url".to_owned())));
    let none = "[auth]\nhs256_secret = ''\n[vault]\nkeys = ''\n[database]\nurl = 'postgres://callab@db/callab'\n";
    assert_eq!(told(none, 0o644), None);
}
