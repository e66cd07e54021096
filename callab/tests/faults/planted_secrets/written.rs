//! What programs write: the console, those of the server that end by themselves, and what everybody sees of running ones.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{DATABASE_PASSWORD, HS256_SECRET, Installation, LABEL, SMTP_PASSWORD, TOKEN};

/// All that the console writes without its screen: by its commands, and in a conversation.
pub fn console(api_url: &str, token: &str, sid: &str, directory: &Path) -> (Vec<u8>, Vec<u8>) {
    let program = Path::new(env!("CARGO_BIN_EXE_callab")).with_file_name("callab-console");
    assert!(
        program.exists(),
        "{} is not built: run the tests of the whole workspace",
        program.display()
    );
    let home = directory.join("console");
    std::fs::create_dir_all(&home).expect("a directory");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .current_dir(&home)
            .env_clear()
            .env("HOME", &home)
            .env("LANG", "C.UTF-8");
        command
            .env("CALLAB_URL", format!("{api_url}/graphql"))
            .env("CALLAB_TOKEN", token);
        command
    };
    let mut written = Vec::new();
    for arguments in [
        vec!["--once"],
        vec!["--once", "--json"],
        vec!["show", LABEL],
        vec!["diagnose", LABEL],
        vec!["numbers", "--json"],
        vec!["calls", "--json"],
        vec!["billing"],
        vec!["jobs", "--json"],
        vec!["audit", "--json"],
        vec!["bundle", LABEL, "-o", "-"],
        vec!["doctor"],
    ] {
        let ran = command(&arguments).stdin(Stdio::null()).output().expect("it starts");
        written.extend([ran.stdout, ran.stderr].concat());
    }
    // A conversation: the connection, why its calls do not connect, its numbers and calls, who changed what.
    let mut talk = command(&["--plain"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = talk.stdin.take().expect("its input");
    write!(lines, "{sid}\n1\n2\n3\n4\n9\nq\n").expect("it reads");
    drop(lines);
    let conversation = talk.wait_with_output().expect("it ends");
    (written, [conversation.stdout, conversation.stderr].concat())
}

/// What programs say that end by themselves: with good settings, and with secrets in the wrong ones.
pub fn programs(installation: &Installation, finest: &[(&str, &str)], keys: &str) -> Vec<u8> {
    let cluster = &installation.cluster;
    let mut written = Vec::new();
    let mut run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = cluster.command(arguments);
        command.envs(finest.iter().copied()).envs(variables.iter().copied());
        let ran = command.stdin(Stdio::null()).output().expect("the binary runs");
        written.extend([ran.stdout, ran.stderr].concat());
    };
    run(&["vault", "status", "--open", "--operator", "olga"], &[]);
    run(
        &["token", "--role", "lead", "--hours", "1"],
        &[("CALLAB__LOG__FILTER", "off")],
    );
    let printed = installation.printed_keys.display();
    for (command, ends) in [
        (format!("/bin/cat,{printed}"), 0),
        (format!("/bin/sh,-c,cat {printed}; exit 3"), 3),
    ] {
        // As it is printed, and by a command that fails after it; then what is printed is no list of keys.
        let by_command = [
            ("CALLAB__VAULT__KEY_FILE", ""),
            ("CALLAB__VAULT__KEY_COMMAND", command.as_str()),
        ];
        run(&["vault", "status", "--open", "--operator", "olga"], &by_command);
        let cut = format!("/bin/sh,-c,cut -c 1-40 {printed}; exit {ends}");
        run(&["up"], &[by_command[0], ("CALLAB__VAULT__KEY_COMMAND", cut.as_str())]);
    }
    let wrong = installation.wrong_shared_keys.display().to_string();
    run(&["up"], &[("CALLAB__TWILIO__SHARED_KEYS_FILE", &wrong)]);
    run(&["audit", "verify"], &[]);
    run(&["migrate"], &[]);
    let away = format!(
        "postgres://callab:{}@127.0.0.1:1/x",
        DATABASE_PASSWORD.replace('/', "%2F").replace('&', "%26")
    );
    run(
        &["up"],
        &[("CALLAB__DATABASE__URL", &away), ("CALLAB__DATABASE__WAIT_S", "1")],
    );
    run(
        &["migrate"],
        &[(
            "CALLAB__DATABASE__URL",
            &format!("postgres://callab:{DATABASE_PASSWORD}@"),
        )],
    );
    for wrong in [
        [
            ("CALLAB__WORKER__SLOTS", SMTP_PASSWORD),
            ("CALLAB__HTTP__LISTEN", TOKEN),
        ],
        [
            ("CALLAB__REDIS__URL", DATABASE_PASSWORD),
            ("CALLAB__HTTP__PUBLIC_URL", TOKEN),
        ],
        [("CALLAB__LOG__FORMAT", TOKEN), ("CALLAB__NO__SUCH", HS256_SECRET)],
        [
            ("CALLAB__VAULT__KEY_FILE", ""),
            (
                "CALLAB__VAULT__KEYS",
                &keys.replace("AGE-SECRET-KEY-1", "AGE-SECRET-KEY-2"),
            ),
        ],
        [
            ("CALLAB__LOG__FILTER", TOKEN),
            ("CALLAB__AUTH__HS256_SECRET", &TOKEN[..16]),
        ],
    ] {
        run(&["up"], &wrong);
    }
    written
}

/// What everybody on the machine sees of the processes.
pub fn command_lines(processes: &[u32]) -> Vec<u8> {
    let lines = processes.iter().map(|id| {
        let ran = Command::new("ps").args(["-o", "args=", "-p", &id.to_string()]).output();
        let of_linux = std::fs::read(format!("/proc/{id}/cmdline"));
        of_linux
            .or_else(|_| ran.map(|ran| ran.stdout))
            .expect("its command line")
    });
    lines.collect::<Vec<_>>().concat()
}
